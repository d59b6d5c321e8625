// Improving search on the seats of all rounds: two people of one round swap, or two people trade all their seats.
//
// Kirkpatrick, Gelatt, Vecchi: Optimization by simulated annealing, Science 220 (1983). Every swap is priced by what it
// changes, and the counts by which plans are compared stay exact at every step. search_twin.py does the same in Python.

#include "search.h"

static Row row_of(const Search *search, u32 person) {
    const Layout *layout = &search->layout;
    u32 first = person * layout->people;
    return (Row){person, layout->school[person], layout->price + first, layout->met + first};
}

static u32 *seat_of(const Search *search, u32 person, u32 round) { return search->seat + round * search->layout.people + person; }

static const Table *table_at(const Search *search, u32 seat) { return search->layout.table + search->layout.table_of[seat]; }

// ---- Pairs

// One meeting more or less of two people who met so often apart from it.
static inline void count_meeting(Tally *tally, i32 price, i32 met, i32 same_school, i32 sign) {
    if (price >= APART)
        tally->apart += sign;
    else
        tally->wishes += sign * (price - SAME_SCHOOL * same_school);
    tally->same_school += sign * same_school;
    tally->repeats += sign * (met > 0);
    tally->spread += sign * met;
}

static inline void meet(const Layout *layout, Row row, u32 mate, Tally *tally) {
    u8 met = row.met[mate];
    count_meeting(tally, row.price[mate], met, row.school == layout->school[mate], 1);
    row.met[mate] = layout->met[mate * layout->people + row.person] = met + 1;
}

static inline void part(const Layout *layout, Row row, u32 mate, Tally *tally) {
    u8 met = row.met[mate] - 1;
    count_meeting(tally, row.price[mate], met, row.school == layout->school[mate], -1);
    row.met[mate] = layout->met[mate * layout->people + row.person] = met;
}

static inline i32 price_of_next(const Search *search, Row row, u32 mate) {
    return row.price[mate] + search->meeting[row.met[mate] + 1];
}

static inline i32 price_of_last(const Search *search, Row row, u32 mate) {
    return row.price[mate] + search->meeting[row.met[mate]];
}

// What a table costs more when one person takes the seat of another. Nobody meets themselves, so that costs nothing; but the
// one who comes is priced as if they met the one who leaves.
static inline i32 price_at(const Search *search, const Table *table, Row leaves, Row comes) {
    i32 price = 0;
    for (u32 seat = table->first; seat < table->end; seat++) {
        u32 mate = search->person[seat];
        price += price_of_next(search, comes, mate) - price_of_last(search, leaves, mate);
    }
    return price;
}

static inline i32 price_pairs(const Search *search, const Swap *swap) {
    Row i = row_of(search, swap->i), j = row_of(search, swap->j);
    return price_at(search, swap->here, i, j) + price_at(search, swap->there, j, i) - 2 * price_of_next(search, i, swap->j);
}

// ---- Everything but pairs

// Turns in a trio or without a table: each costs as much as the person has others. `sign` -1: the turn is taken away.
static void count_turn(const Search *search, Tally *tally, u32 person, const Table *table, i32 sign) {
    i32 own = sign < 0;
    if (table->kind == TRIO) tally->trios += sign * (search->trios[person] - own);
    if (table->kind == SITS_OUT) tally->byes += sign * (search->byes[person] - own);
}

static void count_taste(const Layout *layout, Tally *tally, u32 person, const Table *table, i32 sign) {
    i32 price = layout->taste[person * layout->ids + table->id];
    if (price >= APART)
        tally->forbidden += sign;
    else
        tally->wishes += sign * price;
}

static i32 is_changed(const Layout *layout, u32 person, const Table *table) {
    i32 announced = layout->announced[table->round * layout->people + person];
    return announced >= 0 && announced != (i32)table->id;
}

static void count_place(const Search *search, Tally *tally, u32 person, const Table *table, i32 sign) {
    const Layout *layout = &search->layout;
    i32 own = sign < 0;
    if (layout->taste) count_taste(layout, tally, person, table, sign);
    if (layout->announced) tally->changed += sign * is_changed(layout, person, table);
    if (layout->rotator && layout->rotator[person] && table->kind != SITS_OUT)
        tally->visits += sign * (search->visits[person * layout->ids + table->id] > own);
}

static inline void remember_place(Search *search, u32 person, const Table *table, i32 sign) {
    if (search->layout.pairs_only) return;
    search->trios[person] += sign * (table->kind == TRIO);
    search->byes[person] += sign * (table->kind == SITS_OUT);
    if (search->visits && table->kind != SITS_OUT) search->visits[person * search->layout.ids + table->id] += sign;
}

// The id of the table where a person sits in a round; -1 when absent or without a table.
static i32 id_in(const Search *search, u32 person, u32 round) {
    u32 seat = *seat_of(search, person, round);
    if (seat == NOWHERE) return -1;
    const Table *table = table_at(search, seat);
    return table->kind == SITS_OUT ? -1 : (i32)table->id;
}

static i32 id_before(const Search *search, u32 person, u32 round) {
    i32 id = -1;
    while (id < 0 && round > 0) id = id_in(search, person, --round);
    return id < 0 && search->layout.came_from ? search->layout.came_from[person] : id;
}

static i32 id_after(const Search *search, u32 person, u32 round) {
    i32 id = -1;
    while (id < 0 && ++round < search->layout.rounds) id = id_in(search, person, round);
    return id;
}

static i32 is_move(i32 from, i32 to) { return from >= 0 && to >= 0 && from != to; }

// How often a person changes tables just before and just after a round, if they sit at this table in it.
static i32 moves_around(const Search *search, u32 person, const Table *table) {
    i32 before = id_before(search, person, table->round), after = id_after(search, person, table->round);
    if (table->kind == SITS_OUT) return is_move(before, after);
    return is_move(before, (i32)table->id) + is_move((i32)table->id, after);
}

// 1 when just one student is at the table, and nobody else of the same school; after `comes` took the seat of `leaves`.
static i32 lonely_at(const Search *search, const Table *table, u32 leaves, u32 comes) {
    const Layout *layout = &search->layout;
    u32 students = 0, mates = 0, student = NOBODY;
    for (u32 seat = table->first; seat < table->end; seat++) {
        u32 person = search->person[seat] == leaves ? comes : search->person[seat];
        if (!layout->student[person]) continue;
        students++;
        student = person;
    }
    if (students != 1 || table->kind == SITS_OUT) return 0;
    for (u32 seat = table->first; seat < table->end; seat++) {
        u32 person = search->person[seat] == leaves ? comes : search->person[seat];
        mates += layout->school[person] == layout->school[student];
    }
    return mates == 1;
}

static void count_change(const Search *search, Tally *tally, u32 person, const Table *from, const Table *to) {
    if (from->kind != to->kind) {
        count_turn(search, tally, person, from, -1);
        count_turn(search, tally, person, to, 1);
    }
    if (!search->layout.particular[person]) return;
    count_place(search, tally, person, from, -1);
    count_place(search, tally, person, to, 1);
    if (search->layout.mobile && search->layout.mobile[person])
        tally->moves += moves_around(search, person, to) - moves_around(search, person, from);
}

// What a swap changes apart from pairs.
static Tally count_beyond_pairs(const Search *search, const Swap *swap) {
    Tally tally = {0};
    count_change(search, &tally, swap->i, swap->here, swap->there);
    count_change(search, &tally, swap->j, swap->there, swap->here);
    if (search->layout.student) {
        tally.lonely += lonely_at(search, swap->here, swap->i, swap->j) + lonely_at(search, swap->there, swap->j, swap->i);
        tally.lonely -= lonely_at(search, swap->here, NOBODY, NOBODY) + lonely_at(search, swap->there, NOBODY, NOBODY);
    }
    return tally;
}

static i32 soft_price(const Prices *prices, const Tally *tally) {
    return tally->wishes + prices->move * tally->moves + prices->trio * tally->trios + prices->bye * tally->byes +
           prices->visit * tally->visits;
}

static i32 price_beyond_pairs(const Prices *prices, const Tally *tally) {
    return APART * tally->forbidden + prices->lonely * tally->lonely + prices->changed * tally->changed + soft_price(prices, tally);
}

static void add_tally(Tally *tally, const Tally *more) {
    tally->apart += more->apart;
    tally->repeats += more->repeats;
    tally->spread += more->spread;
    tally->same_school += more->same_school;
    tally->forbidden += more->forbidden;
    tally->lonely += more->lonely;
    tally->changed += more->changed;
    tally->wishes += more->wishes;
    tally->moves += more->moves;
    tally->trios += more->trios;
    tally->byes += more->byes;
    tally->visits += more->visits;
}

// ---- The best plan

// What plans are compared by, the first number first; smaller is better.
static void list_counts(const Prices *prices, const Tally *tally, i32 *counts) {
    counts[0] = tally->apart + tally->forbidden + tally->lonely;
    counts[1] = tally->repeats;
    counts[2] = tally->spread;
    counts[3] = tally->same_school;
    counts[4] = tally->changed;
    counts[5] = soft_price(prices, tally);
}

// Below 0: the seats as they are now are better than the best plan; above 0: they are worse.
static i32 compare_with_best(const Search *search) {
    i32 now[COUNTS], best[COUNTS];
    list_counts(&search->prices, &search->tally, now);
    list_counts(&search->prices, &search->best, best);
    u32 k = 0;
    while (k < COUNTS - 1 && now[k] == best[k]) k++;
    return (now[k] > best[k]) - (now[k] < best[k]);
}

static void begin_best(Search *search) {
    search->best = search->tally;
    search->best_is_here = 1;
}

static void copy_best(Search *search) {
    copy_bytes(search->best_person, search->person, search->layout.seats * sizeof(u16));
    search->best_is_here = 0;
}

// ---- Swaps

static Swap swap_of(const Search *search, u32 seat_i, u32 seat_j) {
    return (Swap){
        search->person[seat_i], search->person[seat_j], seat_i, seat_j, table_at(search, seat_i), table_at(search, seat_j),
    };
}

static inline void exchange_mates(const Search *search, const Table *table, u32 leaves, u32 comes, Tally *tally) {
    Row leaving = row_of(search, leaves), coming = row_of(search, comes);
    for (u32 seat = table->first; seat < table->end; seat++) {
        u32 mate = search->person[seat];
        if (mate == leaves) continue;
        part(&search->layout, leaving, mate, tally);
        meet(&search->layout, coming, mate, tally);
    }
}

static void sit_down(Search *search, u32 person, u32 seat) {
    search->person[seat] = person;
    *seat_of(search, person, table_at(search, seat)->round) = seat;
    remember_place(search, person, table_at(search, seat), 1);
}

static void swap_people(Search *search, const Swap *swap, Tally change) {
    exchange_mates(search, swap->here, swap->i, swap->j, &change);
    exchange_mates(search, swap->there, swap->j, swap->i, &change);
    add_tally(&search->tally, &change);
    remember_place(search, swap->i, swap->here, -1);
    remember_place(search, swap->j, swap->there, -1);
    sit_down(search, swap->i, swap->seat_j);
    sit_down(search, swap->j, swap->seat_i);
}

// After a swap. The best plan is copied only when it is left behind, and then without the swap just made.
static void look_at_swap(Search *search, const Swap *swap) {
    i32 compared = compare_with_best(search);
    if (compared < 0) begin_best(search);
    if (compared <= 0 || !search->best_is_here) return;
    copy_best(search);
    search->best_person[swap->seat_i] = swap->i;
    search->best_person[swap->seat_j] = swap->j;
}

// One step: two movable seats of a round, picked by chance.
static void attempt_swap(Search *search, i32 heat, Chance *chance) {
    u32 seat_i = search->movable[below(chance, search->movables)];
    Range range = search->movable_in[table_at(search, seat_i)->round];
    u32 seat_j = search->movable[range.first + below(chance, range.size)];
    if (table_at(search, seat_i) == table_at(search, seat_j)) return;
    Swap swap = swap_of(search, seat_i, seat_j);
    i32 price = price_pairs(search, &swap);
    Tally beyond_pairs = {0};
    if (!search->layout.pairs_only) {
        beyond_pairs = count_beyond_pairs(search, &swap);
        price += price_beyond_pairs(&search->prices, &beyond_pairs);
    }
    if (!accepts(price, heat, search->luck, chance)) return;
    swap_people(search, &swap, beyond_pairs);
    look_at_swap(search, &swap);
}

EXPORT("search_anneal") void search_anneal(Search *search, u32 steps, i32 heat) {
    Chance chance = search->chance;
    for (u32 step = 0; step < steps && search->movables; step++) attempt_swap(search, heat, &chance);
    search->chance = chance;
}

// ---- Trading all seats

// Whether two people sit at different tables in a round.
static int are_apart(const Search *search, u32 i, u32 j, u32 round) {
    u32 seat_i = *seat_of(search, i, round), seat_j = *seat_of(search, j, round);
    return seat_i != NOWHERE && seat_j != NOWHERE && table_at(search, seat_i) != table_at(search, seat_j);
}

// Two people trade their seats in every round; the price of that. Doing it again undoes it.
static i64 trade(Search *search, u32 i, u32 j) {
    i64 price = 0;
    for (u32 round = 0; round < search->layout.rounds; round++) {
        if (!are_apart(search, i, j, round)) continue;
        Swap swap = swap_of(search, *seat_of(search, i, round), *seat_of(search, j, round));
        Tally beyond_pairs = count_beyond_pairs(search, &swap);
        price += price_pairs(search, &swap) + price_beyond_pairs(&search->prices, &beyond_pairs);
        swap_people(search, &swap, beyond_pairs);
    }
    return price;
}

static void look_at_trade(Search *search, u32 i, u32 j) {
    i32 compared = compare_with_best(search);
    if (compared < 0) begin_best(search);
    if (compared <= 0 || !search->best_is_here) return;
    copy_best(search);
    for (u32 round = 0; round < search->layout.rounds; round++) {
        if (!are_apart(search, i, j, round)) continue;
        search->best_person[*seat_of(search, i, round)] = j;
        search->best_person[*seat_of(search, j, round)] = i;
    }
}

EXPORT("search_relabel") void search_relabel(Search *search, u32 steps, i32 heat) {
    const Layout *layout = &search->layout;
    for (u32 step = 0; step < steps && layout->traders; step++) {
        u32 k = below(&search->chance, layout->traders);
        u32 i = layout->trader[k];
        u32 j = layout->trader[layout->class_first[k] + below(&search->chance, layout->class_size[k])];
        if (i == j) continue;
        if (accepts(trade(search, i, j), heat, search->luck, &search->chance))
            look_at_trade(search, i, j);
        else
            trade(search, i, j);
    }
}

// ---- Seating everybody

static void meet_all(Search *search, const Table *table) {
    for (u32 seat = table->first; seat < table->end; seat++)
        for (u32 other = table->first; other < seat; other++)
            meet(&search->layout, row_of(search, search->person[seat]), search->person[other], &search->tally);
}

static void part_all(Search *search, const Table *table) {
    for (u32 seat = table->first; seat < table->end; seat++)
        for (u32 other = table->first; other < seat; other++)
            part(&search->layout, row_of(search, search->person[seat]), search->person[other], &search->tally);
}

static void clear_seats(Search *search) {
    const Layout *layout = &search->layout;
    fill_bytes(&search->tally, 0, sizeof(Tally));
    fill_bytes(search->seat, 0xFF, layout->rounds * layout->people * sizeof(u32));
    fill_bytes(search->trios, 0, layout->people);
    fill_bytes(search->byes, 0, layout->people);
    if (layout->sat_out) copy_bytes(search->byes, layout->sat_out, layout->people);
    if (search->visits) fill_bytes(search->visits, 0, layout->people * layout->ids);
}

static void fill_table(Search *search, const Table *table, const u32 *people) {
    for (u32 seat = table->first; seat < table->end; seat++) {
        count_turn(search, &search->tally, people[seat], table, 1);
        count_place(search, &search->tally, people[seat], table, 1);
        sit_down(search, people[seat], seat);
    }
    meet_all(search, table);
    if (search->layout.student) search->tally.lonely += lonely_at(search, table, NOBODY, NOBODY);
}

static void count_moves(Search *search, u32 person) {
    for (u32 round = 0; round < search->layout.rounds; round++)
        search->tally.moves += is_move(id_before(search, person, round), id_in(search, person, round));
}

static void list_movable(Search *search) {
    const Layout *layout = &search->layout;
    search->movables = 0;
    fill_bytes(search->movable_in, 0, layout->rounds * sizeof(Range));
    for (u32 seat = 0; seat < layout->seats; seat++) {
        u32 round = table_at(search, seat)->round;
        if (layout->held[round * layout->people + search->person[seat]]) continue;
        Range *range = search->movable_in + round;
        if (!range->size) range->first = search->movables;
        range->size++;
        search->movable[search->movables++] = seat;
    }
}

static void fill_seats(Search *search, const u32 *people) {
    const Layout *layout = &search->layout;
    clear_seats(search);
    for (u32 t = 0; t < layout->tables; t++) fill_table(search, layout->table + t, people);
    for (u32 person = 0; layout->mobile && person < layout->people; person++)
        if (layout->mobile[person]) count_moves(search, person);
    list_movable(search);
}

// ---- Opening

// All arrays of a search; false when there is no more memory.
static int allocate_all(Search *search) {
    const Layout *layout = &search->layout;
    u32 people = layout->people, rounds = layout->rounds, seats = layout->seats;
    search->person = allocate(seats * sizeof(u16));
    search->best_person = allocate(seats * sizeof(u16));
    search->movable = allocate(seats * sizeof(u32));
    search->movable_in = allocate(rounds * sizeof(Range));
    search->seat = allocate(rounds * people * sizeof(u32));
    search->trios = allocate(people);
    search->byes = allocate(people);
    search->visits = layout->rotator ? allocate(people * layout->ids) : 0;
    return search->person && search->best_person && search->movable && search->movable_in && search->seat && search->trios &&
           search->byes && (search->visits || !layout->rotator);
}

// A search without people on its seats and without prices; null when there is no memory for it.
EXPORT("search_open") Search *search_open(const Layout *layout, const i32 *luck, u64 seed) {
    Search *search = allocate(sizeof(Search));
    if (!search) return 0;
    search->layout = *layout;
    search->luck = luck;
    search->chance = new_chance(seed);
    return allocate_all(search) ? search : 0;
}

EXPORT("search_prices") void search_prices(Search *search, const Prices *prices) {
    search->prices = *prices;
    for (i32 k = 2; k <= MOST_MEETINGS; k++) search->meeting[k] = prices->repeat + prices->spread * (k - 2);
}

// Seat people for the first time.
EXPORT("search_begin") void search_begin(Search *search, const u32 *people) {
    fill_seats(search, people);
    begin_best(search);
}

// Seat other people. The best plan is kept if these seats are no better, unless it is to be forgotten.
EXPORT("search_load") void search_load(Search *search, const u32 *people, u32 forget) {
    if (search->best_is_here) copy_best(search);
    for (u32 t = 0; t < search->layout.tables; t++) part_all(search, search->layout.table + t);
    fill_seats(search, people);
    if (forget || compare_with_best(search) < 0) begin_best(search);
}

// ---- Results

EXPORT("search_counts") const i32 *search_counts(Search *search, u32 of_best) {
    list_counts(&search->prices, of_best ? &search->best : &search->tally, search->counts);
    return search->counts;
}

EXPORT("search_seats") const u16 *search_seats(const Search *search, u32 of_best) {
    return of_best && !search->best_is_here ? search->best_person : search->person;
}
