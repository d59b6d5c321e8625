// What a search works on. The types Layout and Prices are written by search_wasm.py, field by field.

#ifndef SEARCH_H
#define SEARCH_H

#include "common.h"

enum { APART = 20000, SAME_SCHOOL = 120, MOST_MEETINGS = 256, COUNTS = 6 };
enum { ORDINARY, SITS_OUT, TRIO };

#define NOWHERE 0xFFFFFFFFu
#define NOBODY 0xFFFFFFFFu

// Seats are numbered through all rounds; those of a table are first, first + 1, ... end - 1. Tables of different rounds that
// are the same table have the same id.
typedef struct {
    u32 first, end, id, round, kind;
} Table;

// People, tables and wishes. Behind each array stands what it has an entry for.
typedef struct {
    u32 people, rounds, tables, seats, ids, traders;
    u32 pairs_only; // nothing but who sits with whom has a price
    const Table *table;
    const u32 *table_of;    // seats
    const i16 *price;       // people x people: of a meeting, earlier ones aside
    u8 *met;                // people x people: meetings up to now; when the search is opened, those before the first round
    const i32 *school;      // people: equal numbers for people of one school
    const u8 *held;         // rounds x people: does not move in this round
    const u32 *trader;      // traders: people who may trade all their seats, class by class
    const u32 *class_first; // traders: where the class of each begins in `trader`
    const u32 *class_size;  // traders
    const u8 *particular;   // people: the table matters to them, not only who sits there
    // From here on null where nobody asked for it.
    const u8 *student;    // people: who shall have company
    const i16 *taste;     // people x ids: the price of a table, APART where the person may not sit
    const i32 *announced; // rounds x people: the id that was announced, or -1
    const u8 *mobile;     // people: who should change tables as rarely as possible
    const i32 *came_from; // people: the id of the table before the first round, or -1
    const u8 *rotator;    // people: who should visit each table once
    const u8 *sat_out;    // people: how often they sat out before
} Layout;

// `repeat` is for the second meeting of two people, and each further one is dearer than the one before by `spread`.
typedef struct {
    i32 repeat, spread, lonely, changed, move, trio, bye, visit;
} Prices;

// What is counted: cases, and in `wishes` the soft prices of pairs and of tables.
typedef struct {
    i32 apart, forbidden, lonely, repeats, spread, same_school, changed, wishes, moves, trios, byes, visits;
} Tally;

typedef struct {
    u32 first, size;
} Range;

typedef struct {
    Layout layout;
    Prices prices;
    i32 meeting[MOST_MEETINGS + 1]; // the price of the k-th meeting of two people
    const i32 *luck;
    Chance chance;
    u16 *person;       // seats: who sits there
    u32 *seat;         // rounds x people: where they sit, or NOWHERE
    u32 *movable;      // seats whose people may move, round by round
    Range *movable_in; // rounds: their part of `movable`
    u32 movables;
    u8 *trios, *byes; // people: how often up to now
    u8 *visits;       // people x ids; null without rotators
    Tally tally, best;
    u16 *best_person; // seats: who sits there in the best plan
    u32 best_is_here; // the best plan is the one on the seats, and not copied yet
    i32 counts[COUNTS];
} Search;

// A person, and the person's part of the squares.
typedef struct {
    u32 person;
    i32 school;
    const i16 *price;
    u8 *met;
} Row;

// Person i goes from here to there, j from there to here.
typedef struct {
    u32 i, j, seat_i, seat_j;
    const Table *here, *there;
} Swap;

#endif
