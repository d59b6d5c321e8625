// The cheapest way to make pairs of an even number of people: Edmonds' blossom algorithm with prices, in O(n^3).
//
// Edmonds: Maximum matching and a polyhedron with 0,1-vertices (1965); Galil: Efficient algorithms for finding maximum matching
// in graphs, ACM Computing Surveys 18 (1986). Everybody has a price, and every pair a slack: four times its cost, less both
// prices, plus the price of each blossom that holds both. No slack is ever below 0, pairs are only made where it is 0, and a
// blossom with a price is always fully paired, so in the end no cheaper way can exist. matching_twin.py does the same in Python.
//
// In each stage alternating trees grow from all single people at once: OUTER nodes, whose prices rise, and INNER ones, which are
// paired with an outer one each and whose prices fall. Where two outer nodes touch, either two trees meet, and one more pair can
// be made, or an odd ring closes and becomes one outer node, a blossom. Whatever comes first happens next.
// Costs count fourfold, and every first price is even, so that all prices stay whole when two outer nodes meet half-way.

#include "common.h"

#define NONE 0xFFFFFFFFu
#define FAR 0x7FFFFFFFFFFFFFFFll

// FREE nodes are in no tree.
enum { FREE, OUTER, INNER };

// A node is a person or, from number `people` on, a blossom: an odd ring of nodes.
typedef struct {
    i64 price;
    u32 in;           // the blossom that holds it, or NONE
    u32 side;         // FREE, OUTER or INNER, as long as no blossom holds it
    u32 base;         // the one person in it whose mate is outside
    u32 first;        // of a blossom: the node in it that has the base
    u32 next, before; // around the ring
    u32 leaves;       // the pair that leads to the next one in the ring: from this person in it ...
    u32 enters;       // ... to this one of the next node
    u32 near_from;    // the pair of least slack that leads here from an outer node: from this person ...
    u32 near_to;      // ... to this one in it
    u32 mark;         // when a search for a common root last passed
    u8 used;
} Node;

typedef struct {
    u32 people, nodes, marks;
    const i32 *cost; // [people * people]
    Node *node;
    u32 *top;  // [people] the outermost node that holds each person
    u32 *mate; // [people] or NONE
    u32 *door; // [nodes * people] who in this node has the least slack with that person
    u32 *list; // [people] room for the people of a node
} Matching;

// ---- Prices

static i64 slack(const Matching *m, u32 u, u32 v) { return 4 * (i64)m->cost[u * m->people + v] - m->node[u].price - m->node[v].price; }

static u32 *doors(const Matching *m, u32 b) { return m->door + b * m->people; }

// The people in a node, written to `list`; gives their number.
static u32 members(const Matching *m, u32 b, u32 *list) {
    if (b < m->people) {
        *list = b;
        return 1;
    }
    u32 found = 0, child = m->node[b].first;
    do {
        found += members(m, child, list + found);
        child = m->node[child].next;
    } while (child != m->node[b].first);
    return found;
}

static void set_top(Matching *m, u32 b) {
    u32 found = members(m, b, m->list);
    for (u32 i = 0; i < found; i++) m->top[m->list[i]] = b;
}

static int is_top(const Matching *m, u32 b) { return m->node[b].used && m->node[b].in == NONE; }

// Remember the pair of an outer person and somebody in b, if none that leads to b is nearer.
static void bring_near(Matching *m, u32 b, u32 from, u32 to) {
    Node *node = m->node + b;
    if (node->near_from != NONE && slack(m, node->near_from, node->near_to) <= slack(m, from, to)) return;
    node->near_from = from;
    node->near_to = to;
}

static void find_near(Matching *m, u32 b) {
    m->node[b].near_from = NONE;
    for (u32 v = 0; v < m->people; v++)
        if (m->top[v] != b && m->node[m->top[v]].side == OUTER) bring_near(m, b, v, doors(m, b)[v]);
}

// The node has become outer: it is near to all others now.
static void reach_out(Matching *m, u32 b) {
    find_near(m, b);
    for (u32 v = 0; v < m->people; v++)
        if (m->top[v] != b && m->node[m->top[v]].side != INNER) bring_near(m, m->top[v], doors(m, b)[v], v);
}

// ---- Pairs inside a blossom

static u32 child_with(const Matching *m, u32 b, u32 person) {
    u32 child = person;
    while (m->node[child].in != b) child = m->node[child].in;
    return child;
}

static void pair_up(Matching *m, u32 u, u32 v) {
    m->mate[u] = v;
    m->mate[v] = u;
}

// How many steps forward from one node of a ring to another.
static u32 steps_to(const Matching *m, u32 from, u32 to) {
    u32 steps = 0;
    for (; from != to; from = m->node[from].next) steps++;
    return steps;
}

// Make this person the base: the pairs on the even way round the ring from its node to the old base's change places.
static void move_base(Matching *m, u32 b, u32 person) {
    if (b < m->people) return;
    u32 child = child_with(m, b, person), old = m->node[b].first;
    int forward = steps_to(m, child, old) % 2 == 0;
    move_base(m, child, person);
    for (u32 at = child; at != old;) {
        u32 one = forward ? m->node[at].next : m->node[at].before;
        u32 two = forward ? m->node[one].next : m->node[one].before;
        u32 u = forward ? m->node[one].leaves : m->node[two].leaves;
        u32 v = forward ? m->node[one].enters : m->node[two].enters;
        move_base(m, forward ? one : two, u);
        move_base(m, forward ? two : one, v);
        pair_up(m, u, v);
        at = two;
    }
    m->node[b].first = child;
    m->node[b].base = person;
}

// ---- Trees

static u32 top_of_mate(const Matching *m, u32 outer) {
    u32 mate = m->mate[m->node[outer].base];
    return mate == NONE ? NONE : m->top[mate];
}

// The outer node above: beyond the inner node that this outer node is paired with; NONE at the root.
static u32 above(const Matching *m, u32 outer) {
    u32 inner = top_of_mate(m, outer);
    return inner == NONE ? NONE : m->top[m->node[inner].near_from];
}

// The first node that is above both, or NONE when they are of different trees.
static u32 common_root(Matching *m, u32 x, u32 y) {
    m->marks++;
    for (; x != NONE; x = above(m, x)) m->node[x].mark = m->marks;
    while (y != NONE && m->node[y].mark != m->marks) y = above(m, y);
    return y;
}

// Pair u of an outer node with v, which sets its mate free, and so on up to the root.
static void augment(Matching *m, u32 u, u32 v) {
    while (u != NONE) {
        u32 outer = m->top[u], inner = top_of_mate(m, outer);
        move_base(m, outer, u);
        m->mate[u] = v;
        if (inner == NONE) return;
        u = m->node[inner].near_from;
        v = m->node[inner].near_to;
        move_base(m, inner, v);
        m->mate[v] = u;
    }
}

// A free node joins the tree that came near, and the node it is paired with becomes outer.
static void grow(Matching *m, u32 inner) {
    m->node[inner].side = INNER;
    u32 outer = top_of_mate(m, inner);
    m->node[outer].side = OUTER;
    reach_out(m, outer);
}

// ---- Blossoms

static void link(Matching *m, u32 one, u32 two, u32 leaves, u32 enters) {
    m->node[one].next = two;
    m->node[two].before = one;
    m->node[one].leaves = leaves;
    m->node[one].enters = enters;
}

// Ring all nodes from the root down to x, then over the pair u, v, and from y up to the root again.
static void link_ring(Matching *m, u32 root, u32 u, u32 v) {
    u32 x = m->top[u], y = m->top[v];
    link(m, x, y, u, v);
    for (; x != root; x = above(m, x)) {
        u32 inner = top_of_mate(m, x), base = m->node[x].base;
        link(m, inner, x, m->mate[base], base);
        link(m, above(m, x), inner, m->node[inner].near_from, m->node[inner].near_to);
    }
    for (; y != root; y = above(m, y)) {
        u32 inner = top_of_mate(m, y), base = m->node[y].base;
        link(m, y, inner, base, m->mate[base]);
        link(m, inner, above(m, y), m->node[inner].near_to, m->node[inner].near_from);
    }
}

static u32 unused_blossom(const Matching *m) {
    u32 b = m->people;
    while (m->node[b].used) b++;
    return b;
}

// All in a blossom change their prices alike from now on, so who has the least slack with whom is settled for its life.
static void find_doors(Matching *m, u32 b) {
    u32 root = m->node[b].first;
    copy_bytes(doors(m, b), doors(m, root), m->people * sizeof(u32));
    for (u32 child = m->node[root].next; child != root; child = m->node[child].next)
        for (u32 v = 0; v < m->people; v++)
            if (slack(m, doors(m, child)[v], v) < slack(m, doors(m, b)[v], v)) doors(m, b)[v] = doors(m, child)[v];
}

static void close_ring(Matching *m, u32 root, u32 u, u32 v) {
    u32 b = unused_blossom(m), child = root;
    link_ring(m, root, u, v);
    m->node[b] = (Node){.in = NONE, .side = OUTER, .base = m->node[root].base, .first = root, .used = 1};
    do {
        m->node[child].in = b;
        child = m->node[child].next;
    } while (child != root);
    find_doors(m, b);
    set_top(m, b);
    reach_out(m, b);
}

// The nodes of a blossom stand alone again.
static void release(Matching *m, u32 b) {
    u32 child = m->node[b].first;
    do {
        m->node[child].in = NONE;
        m->node[child].side = FREE;
        set_top(m, child);
        child = m->node[child].next;
    } while (child != m->node[b].first);
    m->node[b].used = 0;
}

// An inner blossom without a price opens. The even way round the ring, from the node where the tree comes in to the base's,
// takes its place in the tree; the other nodes are free.
static void open_ring(Matching *m, u32 b) {
    u32 from = m->node[b].near_from, to = m->node[b].near_to, base = m->node[b].first;
    u32 at = child_with(m, b, to);
    int forward = steps_to(m, at, base) % 2 == 0;
    release(m, b);
    for (;;) {
        m->node[at].side = INNER;
        m->node[at].near_from = from;
        m->node[at].near_to = to;
        if (at == base) break;
        u32 outer = forward ? m->node[at].next : m->node[at].before;
        m->node[outer].side = OUTER;
        at = forward ? m->node[outer].next : m->node[outer].before;
        from = forward ? m->node[outer].leaves : m->node[at].enters;
        to = forward ? m->node[outer].enters : m->node[at].leaves;
    }
    u32 child = base;
    do {
        if (m->node[child].side == OUTER) reach_out(m, child);
        if (m->node[child].side == FREE) find_near(m, child);
        child = m->node[child].next;
    } while (child != base);
}

// ---- Stages

// How far prices may move until something happens at this node.
static i64 room_at(const Matching *m, u32 b) {
    const Node *node = m->node + b;
    if (node->side == INNER) return b < m->people ? FAR : node->price / 2;
    if (node->near_from == NONE) return FAR;
    i64 left = slack(m, node->near_from, node->near_to);
    return node->side == OUTER ? left / 2 : left;
}

static u32 next_event(const Matching *m) {
    u32 found = NONE;
    i64 least = FAR;
    for (u32 b = 0; b < m->nodes; b++) {
        i64 room = is_top(m, b) ? room_at(m, b) : FAR;
        if (room < least) {
            least = room;
            found = b;
        }
    }
    return found;
}

// Outer people pay more and inner ones less; the prices of blossoms make up for it between people of the same one.
static void move_prices(Matching *m, i64 by) {
    for (u32 v = 0; v < m->people; v++) {
        u32 side = m->node[m->top[v]].side;
        m->node[v].price += side == OUTER ? by : side == INNER ? -by : 0;
    }
    for (u32 b = m->people; b < m->nodes; b++)
        if (is_top(m, b)) m->node[b].price += m->node[b].side == OUTER ? 2 * by : m->node[b].side == INNER ? -2 * by : 0;
}

// Let the next thing happen; whether it made one more pair.
static int advance(Matching *m) {
    u32 b = next_event(m);
    i64 room = room_at(m, b);
    if (room) move_prices(m, room);
    u32 u = m->node[b].near_from, v = m->node[b].near_to;
    if (m->node[b].side == FREE) {
        grow(m, b);
    } else if (m->node[b].side == INNER) {
        open_ring(m, b);
    } else {
        u32 root = common_root(m, m->top[u], b);
        if (root == NONE) {
            augment(m, u, v);
            augment(m, v, u);
            return 1;
        }
        close_ring(m, root, u, v);
    }
    return 0;
}

// Trees grow from all nodes that hold a single person. Gives how many there are.
static u32 plant(Matching *m) {
    u32 roots = 0;
    for (u32 b = 0; b < m->nodes; b++) {
        if (!is_top(m, b)) continue;
        m->node[b].side = m->mate[m->node[b].base] == NONE ? OUTER : FREE;
        m->node[b].near_from = NONE;
        roots += m->node[b].side == OUTER;
    }
    for (u32 b = 0; b < m->nodes; b++)
        if (is_top(m, b) && m->node[b].side == OUTER) reach_out(m, b);
    return roots;
}

// Everybody begins with half of what their cheapest pair costs, raised until somebody is at hand, who becomes their mate if still single.
static void begin(Matching *m) {
    for (u32 u = 0; u < m->people; u++) {
        i64 least = FAR;
        for (u32 v = 0; v < m->people; v++)
            if (v != u && m->cost[u * m->people + v] < least) least = m->cost[u * m->people + v];
        m->node[u].price = 2 * least;
    }
    for (u32 u = 0; u < m->people; u++) {
        i64 least = FAR;
        for (u32 v = 0; v < m->people; v++)
            if (v != u && slack(m, u, v) < least) least = slack(m, u, v);
        m->node[u].price += least;
        for (u32 v = 0; v < m->people && m->mate[u] == NONE; v++)
            if (v != u && m->mate[v] == NONE && slack(m, u, v) == 0) pair_up(m, u, v);
    }
}

static int make_room(Matching *m) {
    m->node = allocate(m->nodes * sizeof(Node));
    m->top = allocate(m->people * sizeof(u32));
    m->mate = allocate(m->people * sizeof(u32));
    m->list = allocate(m->people * sizeof(u32));
    m->door = allocate(m->nodes * m->people * sizeof(u32));
    return m->node && m->top && m->mate && m->list && m->door;
}

// The mate of each of an even number of people, so that all costs (of each pair, both ways round) add up to the least; null
// when there is no memory.
EXPORT("cheapest_pairs") const u32 *cheapest_pairs(u32 people, const i32 *cost) {
    Matching m = {.people = people, .nodes = people + people / 2, .cost = cost};
    if (!make_room(&m)) return 0;
    for (u32 v = 0; v < people; v++) {
        m.node[v] = (Node){.in = NONE, .base = v, .used = 1};
        m.top[v] = v;
        m.mate[v] = NONE;
        for (u32 u = 0; u < people; u++) doors(&m, v)[u] = v;
    }
    begin(&m);
    while (plant(&m))
        while (!advance(&m)) continue;
    return m.mate;
}
