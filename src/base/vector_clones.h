// vector_clones.h - asks the compiler for one copy of a function per kind of vector unit, chosen when the
// program starts.
#pragma once

// GCC on x86-64 only; sanitizers run before the choice can be made. Elsewhere the plain function remains,
// with the same results.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define BUNSEN_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=haswell", "default")))
// For short loops, of which vectors of 16 floats would leave nothing.
#define BUNSEN_SHORT_VECTOR_CLONES __attribute__((target_clones("arch=haswell", "default")))
#else
#define BUNSEN_VECTOR_CLONES
#define BUNSEN_SHORT_VECTOR_CLONES
#endif
