// What all parts of the kernel share: integer types, memory, chance, the rule of the heat.
// No C library, no floating point: the same seed gives the same plan on every machine.

#ifndef COMMON_H
#define COMMON_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef short i16;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

// Makes a function callable from outside under this name.
#define EXPORT(name) __attribute__((export_name(name)))

// Memory is only ever taken, never given back: an instance of the kernel lives for one search.
// Filled with zeros and aligned to 16 bytes; null when the machine has no more (memory.c).
void *allocate(u32 bytes);

static inline void copy_bytes(void *to, const void *from, u32 bytes) { __builtin_memcpy(to, from, bytes); }
static inline void fill_bytes(void *at, u8 value, u32 bytes) { __builtin_memset(at, value, bytes); }

// xorshift128+ (Vigna: Further scramblings of Marsaglia's xorshift generators, 2017).
typedef struct {
    u64 older, newer;
} Chance;

static inline u64 next_random(Chance *chance) {
    u64 mixed = chance->older;
    u64 newer = chance->newer;
    mixed ^= mixed << 23;
    mixed ^= newer ^ (mixed >> 18) ^ (newer >> 5);
    chance->older = newer;
    chance->newer = mixed;
    return mixed + newer;
}

// A number from 0 to n - 1, without a division; too large by a share of n / 2^32, which nobody can notice.
static inline u32 below(Chance *chance, u32 n) { return (u32)(((next_random(chance) >> 32) * n) >> 32); }

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014) spreads seeds that are close.
static inline u64 next_seed(u64 *state) {
    u64 z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline Chance new_chance(u64 seed) {
    Chance chance;
    chance.older = next_seed(&seed);
    chance.newer = next_seed(&seed);
    return chance;
}

// Whether to accept a change at a heat (in 1/1024 of the unit of prices). `luck[k]` is -ln((k + 0.5) / 1024) in 1/1024, so
// that exp(-change / heat) > chance becomes change <= heat * luck. The generator moves only when the change is for the worse.
static inline int accepts(i64 change, i64 heat, const i32 *luck, Chance *chance) {
    return change <= 0 || change << 20 <= heat * luck[below(chance, 1024)];
}

#endif
