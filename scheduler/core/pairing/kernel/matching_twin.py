"""The cheapest pairs in plain Python: what matching.c does, step by step. Ideas and sources are told there."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

FREE, OUTER, INNER = range(3)


class Node:
    """A person, or a blossom: an odd ring of nodes, of which `first` holds the one person whose mate is outside, `base`.

    `near` is the pair of least slack (from, to) that leads here from an outer node; `leaves` is the pair that leads from here to
    the next node of a ring. `door` tells for each person who in this node has the least slack with them.
    """

    def __init__(self, number: int, base: int) -> None:
        self.number, self.base = number, base
        self.price = 0
        self.side = FREE
        self.inside: Node | None = None
        self.first = self.next = self.before = self
        self.leaves = self.near = (base, base)
        self.is_near = False
        self.door: list[int] = []

    @property
    def is_blossom(self) -> bool:
        return self.first is not self

    def ring(self) -> list[Node]:
        """The nodes of a blossom, from the one with the base on."""
        nodes = [self.first]
        while (node := nodes[-1].next) is not self.first:
            nodes.append(node)
        return nodes

    def members(self) -> Iterator[int]:
        """The people in it."""
        if not self.is_blossom:
            yield self.base
        else:
            for child in self.ring():
                yield from child.members()


class TwinMatching:
    """Pairs in the making; `mate` after `run`."""

    def __init__(self, people: int, cost: list[int]) -> None:
        self.everybody = range(people)
        self.cost = [cost[u * people : (u + 1) * people] for u in self.everybody]
        self.people = [Node(u, u) for u in self.everybody]
        for u in self.everybody:
            self.people[u].door = [u] * people
        self.blossoms: list[Node | None] = [None] * (people // 2)
        self.top = self.people[:]
        self.mate = [-1] * people

    def run(self) -> list[int]:
        self.begin()
        while self.plant():
            while not self.advance():
                pass
        return self.mate

    # Prices

    def slack(self, u: int, v: int) -> int:
        return 4 * self.cost[u][v] - self.people[u].price - self.people[v].price

    def tops(self) -> Iterator[Node]:
        """The outermost nodes, by number."""
        return (node for node in (*self.people, *self.blossoms) if node and node.inside is None)

    def set_top(self, node: Node) -> None:
        for u in node.members():
            self.top[u] = node

    def bring_near(self, node: Node, near: tuple[int, int]) -> None:
        if not node.is_near or self.slack(*near) < self.slack(*node.near):
            node.near, node.is_near = near, True

    def find_near(self, node: Node) -> None:
        node.is_near = False
        for v in self.everybody:
            if self.top[v] is not node and self.top[v].side == OUTER:
                self.bring_near(node, (v, node.door[v]))

    def reach_out(self, node: Node) -> None:
        self.find_near(node)
        for v in self.everybody:
            if self.top[v] is not node and self.top[v].side != INNER:
                self.bring_near(self.top[v], (node.door[v], v))

    # Pairs inside a blossom

    def pair_up(self, u: int, v: int) -> None:
        self.mate[u], self.mate[v] = v, u

    def move_base(self, blossom: Node, person: int) -> None:
        if not blossom.is_blossom:
            return
        child = _child_with(blossom, self.people[person])
        way = _even_way(blossom, child)
        self.move_base(child, person)
        for one, two, (u, v) in way[1::2]:
            self.move_base(one, u)
            self.move_base(two, v)
            self.pair_up(u, v)
        blossom.first, blossom.base = child, person

    # Trees

    def top_of_mate(self, node: Node) -> Node | None:
        mate = self.mate[node.base]
        return self.top[mate] if mate >= 0 else None

    def above(self, outer: Node) -> Node | None:
        inner = self.top_of_mate(outer)
        return self.top[inner.near[0]] if inner else None

    def common_root(self, x: Node, y: Node) -> Node | None:
        passed = set()
        root: Node | None = x
        while root:
            passed.add(root)
            root = self.above(root)
        root = y
        while root and root not in passed:
            root = self.above(root)
        return root

    def augment(self, u: int, v: int) -> None:
        inner: Node | None = self.top[u]
        while inner:
            outer = self.top[u]
            inner = self.top_of_mate(outer)
            self.move_base(outer, u)
            self.mate[u] = v
            if inner:
                u, v = inner.near
                self.move_base(inner, v)
                self.mate[v] = u

    def grow(self, inner: Node) -> None:
        inner.side = INNER
        outer = self.top[self.mate[inner.base]]
        outer.side = OUTER
        self.reach_out(outer)

    # Blossoms

    def link_ring(self, root: Node, u: int, v: int) -> None:
        _link(self.top[u], self.top[v], (u, v))
        for outer, down in ((self.top[u], True), (self.top[v], False)):
            while outer is not root:
                mate = self.mate[outer.base]
                inner = self.top[mate]
                above = self.top[inner.near[0]]
                if down:
                    _link(inner, outer, (mate, outer.base))
                    _link(above, inner, inner.near)
                else:
                    _link(outer, inner, (outer.base, mate))
                    _link(inner, above, inner.near[::-1])
                outer = above

    def close_ring(self, root: Node, u: int, v: int) -> None:
        self.link_ring(root, u, v)
        place = self.blossoms.index(None)
        blossom = Node(len(self.people) + place, root.base)
        self.blossoms[place] = blossom
        blossom.first, blossom.side = root, OUTER
        for child in blossom.ring():
            child.inside = blossom
        blossom.door = [min((child.door[v] for child in blossom.ring()), key=lambda u: self.slack(u, v)) for v in self.everybody]
        self.set_top(blossom)
        self.reach_out(blossom)

    def release(self, blossom: Node) -> None:
        for child in blossom.ring():
            child.inside, child.side = None, FREE
            self.set_top(child)
        self.blossoms[blossom.number - len(self.people)] = None

    def open_ring(self, blossom: Node) -> None:
        inner = _child_with(blossom, self.people[blossom.near[1]])
        way = _even_way(blossom, inner)
        inner.near = blossom.near
        self.release(blossom)
        inner.side = INNER
        for (_, outer, _), (_, inner, near) in zip(way[::2], way[1::2], strict=True):
            outer.side, inner.side, inner.near = OUTER, INNER, near
        for child in blossom.ring():
            if child.side == OUTER:
                self.reach_out(child)
            if child.side == FREE:
                self.find_near(child)

    # Stages

    def room_at(self, node: Node) -> float:
        if node.side == INNER:
            return node.price // 2 if node.is_blossom else inf
        if not node.is_near:
            return inf
        return self.slack(*node.near) // 2 if node.side == OUTER else self.slack(*node.near)

    def move_prices(self, by: int) -> None:
        change = {FREE: 0, OUTER: by, INNER: -by}
        for u in self.everybody:
            self.people[u].price += change[self.top[u].side]
        for node in self.tops():
            if node.is_blossom:
                node.price += 2 * change[node.side]

    def advance(self) -> bool:
        node = min(self.tops(), key=self.room_at)
        self.move_prices(int(self.room_at(node)))
        if node.side == FREE:
            self.grow(node)
        elif node.side == INNER:
            self.open_ring(node)
        else:
            u, v = node.near
            root = self.common_root(self.top[u], node)
            if root is None:
                self.augment(u, v)
                self.augment(v, u)
                return True
            self.close_ring(root, u, v)
        return False

    def plant(self) -> list[Node]:
        for node in self.tops():
            node.side = OUTER if self.mate[node.base] < 0 else FREE
            node.is_near = False
        roots = [node for node in self.tops() if node.side == OUTER]
        for node in roots:
            self.reach_out(node)
        return roots

    def begin(self) -> None:
        for u in self.everybody:
            self.people[u].price = 2 * min(self.cost[u][v] for v in self.everybody if v != u)
        for u in self.everybody:
            others = [v for v in self.everybody if v != u]
            self.people[u].price += min(self.slack(u, v) for v in others)
            single = (v for v in others if self.mate[u] < 0 and self.mate[v] < 0 and self.slack(u, v) == 0)
            if (v := next(single, None)) is not None:
                self.pair_up(u, v)


def _link(one: Node, two: Node, leaves: tuple[int, int]) -> None:
    one.next, two.before, one.leaves = two, one, leaves


def _child_with(blossom: Node, node: Node) -> Node:
    while node.inside is not blossom:
        assert node.inside, "the person is in the blossom"
        node = node.inside
    return node


def _even_way(blossom: Node, child: Node) -> list[tuple[Node, Node, tuple[int, int]]]:
    """The steps (from, to, pair between them) from a node of the ring to the one with the base, in an even number."""
    ring = blossom.ring()
    place = ring.index(child)
    if (len(ring) - place) % 2 == 0:
        return [(node, node.next, node.leaves) for node in ring[place:]]
    return [(node.next, node, node.leaves[::-1]) for node in reversed(ring[:place])]
