// Cyclic starters: base rounds whose translates repeat no pairing, by annealing how often each orbit of pairs is used.
//
// A shift of the people divides all pairs into orbits. A table of a base round uses an orbit once for each of its pairs there,
// and the translates of the base rounds repeat no pairing exactly when no orbit is used more often than it has room for.
// So a whole schedule is found by moving people within one round or a few. starters_twin.py does the same in Python.
//
// A mirror makes the search smaller still: a second permutation of the people that turns each base round into itself. Each
// trade of two seats is then made at all their mirror images too. Without a mirror, everybody is their own image.

#include "common.h"

// What one more use of this orbit costs, and by how much that grows with each use.
typedef struct {
    i32 price, growth;
} Orbit;

typedef struct {
    Chance chance;
    u32 people, rounds;
    const u32 *first;       // [people] the first seat of the table of each seat; the same tables in all base rounds
    const u32 *end;         // [people] the seat behind the last one of that table
    const u32 *next_seat;   // [people] the mirror image of each seat
    const u32 *next_person; // [people] and of each person
    const u32 *cycle;       // [people] the number of each seat's cycle of mirror images
    const u32 *length;      // [people] the length of that cycle; its person has as many images
    const u32 *orbit;       // [people * people] the orbit of each pair
    Orbit *orbits;
    const i32 *luck;
    u32 *seats; // [rounds * people] who sits where
    u32 *best;  // the seats that cost least so far
    i32 cost, least;
} Starter;

static Orbit *orbit_of(Starter *s, u32 u, u32 v) { return s->orbits + s->orbit[u * s->people + v]; }

// Seat another person here; gives the change of the cost. The cost depends on the number of uses alone, so it does not matter
// that a person has two seats, or none, until a trade is complete.
static i32 put(Starter *s, u32 *round, u32 seat, u32 person) {
    i32 change = 0;
    for (u32 mate = s->first[seat]; mate < s->end[seat]; mate++) {
        if (mate == seat) continue;
        Orbit *left = orbit_of(s, round[seat], round[mate]);
        left->price -= left->growth;
        change -= left->price;
        Orbit *joined = orbit_of(s, person, round[mate]);
        change += joined->price;
        joined->price += joined->growth;
    }
    round[seat] = person;
    return change;
}

// Seat u at a and v at b, and their images likewise; where b is an image of a, only u is seated, further along its cycle.
static i32 seat_both(Starter *s, u32 *round, u32 a, u32 u, u32 b, u32 v) {
    i32 change = 0;
    for (u32 image = 0; image < s->length[a]; image++) {
        change += put(s, round, a, u);
        if (s->cycle[a] != s->cycle[b]) change += put(s, round, b, v);
        a = s->next_seat[a];
        b = s->next_seat[b];
        u = s->next_person[u];
        v = s->next_person[v];
    }
    return change;
}

static void keep_if_best(Starter *s) {
    if (s->cost >= s->least) return;
    s->least = s->cost;
    copy_bytes(s->best, s->seats, s->rounds * s->people * sizeof(u32));
}

static void step(Starter *s, i32 heat) {
    u32 *round = s->seats + below(&s->chance, s->rounds) * s->people;
    u32 a = below(&s->chance, s->people);
    u32 b = below(&s->chance, s->people);
    if (a == b || s->length[a] != s->length[b] || (s->length[a] == 1 && s->first[a] == s->first[b])) return;
    u32 u = round[a];
    u32 v = round[b];
    i32 change = seat_both(s, round, a, v, b, u);
    if (accepts(change, heat, s->luck, &s->chance)) {
        s->cost += change;
        keep_if_best(s);
    } else {
        seat_both(s, round, a, u, b, v);
    }
}

// Price all pairings of the seats as they are.
static void count(Starter *s) {
    for (u32 r = 0; r < s->rounds; r++) {
        const u32 *round = s->seats + r * s->people;
        for (u32 seat = 0; seat < s->people; seat++)
            for (u32 mate = s->first[seat]; mate < seat; mate++) {
                Orbit *joined = orbit_of(s, round[seat], round[mate]);
                s->cost += joined->price;
                joined->price += joined->growth;
            }
    }
}

// The arrays and their meaning stand above; `seats` must be their own mirror image. All of them stay in use.
EXPORT("starter_open")
Starter *starter_open(u32 people, u32 rounds, const u32 *first, const u32 *end, const u32 *next_seat, const u32 *next_person,
                      const u32 *cycle, const u32 *length, const u32 *orbit, Orbit *orbits, u32 *seats, const i32 *luck, u64 seed) {
    Starter *s = allocate(sizeof(Starter));
    u32 *best = allocate(rounds * people * sizeof(u32));
    if (!s || !best) return 0;
    *s = (Starter){new_chance(seed), people, rounds, first, end, next_seat, next_person, cycle, length, orbit, orbits, luck, seats, best,
                   0, 0x7FFFFFFF};
    count(s);
    keep_if_best(s);
    return s;
}

// Begin again from other base rounds; the best ones are kept.
EXPORT("starter_deal") void starter_deal(Starter *s) {
    for (u32 r = 0; r < s->rounds; r++) {
        u32 *round = s->seats + r * s->people;
        for (u32 a = 0; a < s->people; a++) {
            u32 b = below(&s->chance, s->people);
            if (a != b && s->length[a] == s->length[b]) s->cost += seat_both(s, round, a, round[b], b, round[a]);
        }
    }
    keep_if_best(s);
}

// So many steps at this heat, or until nothing is repeated; gives the least cost so far.
EXPORT("starter_anneal") i32 starter_anneal(Starter *s, u32 steps, i32 heat) {
    while (steps-- && s->least > 0) step(s, heat);
    return s->least;
}

EXPORT("starter_best") const u32 *starter_best(const Starter *s) { return s->best; }
