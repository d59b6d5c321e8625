// Memory of one instance of the kernel: what is allocated stays allocated until the instance ends.

#include "common.h"

#define PAGE 65536u

extern u8 __heap_base; // the linker's: where the memory behind the program's own data begins

static u32 first_free;

static u32 pages_for(u64 bytes) { return (u32)((bytes + PAGE - 1) / PAGE); }

static int grow_to(u64 end) {
    u32 pages = (u32)__builtin_wasm_memory_size(0);
    u32 needed = pages_for(end);
    return needed <= pages || __builtin_wasm_memory_grow(0, needed - pages) != (unsigned long)-1;
}

EXPORT("allocate") void *allocate(u32 bytes) {
    u64 begin = ((u64)(first_free ? first_free : (u32)&__heap_base) + 15) & ~(u64)15;
    u64 end = begin + bytes;
    if (end > 0xFFFFFFFFu || !grow_to(end)) return 0;
    first_free = (u32)end;
    return (void *)(u32)begin;
}
