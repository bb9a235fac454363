/* Proves a build of the kernel under an emulator: reads one model and rows from standard input and
 * writes its scores to standard output. It talks to Linux directly, so it needs no libc and no
 * system root for its architecture.
 *
 * Input: uint64 size of the blob, uint64 number of rows, the blob, the float32 rows.
 * Exit code: 0 done, 1 input cut off or too large, 2 the blob is refused.
 */
#include <stddef.h>
#include <stdint.h>

#define CAPACITY (16u << 20)
#define KIND_MARGIN 1u
#define MAX_RESIDUAL_COLUMNS 120u

int assay_check(const void *blob, size_t size);
void assay_margins(const void *blob, const float *rows, size_t n, float *out);
void assay_depths(const void *blob, const float *rows, size_t n, double *out);
void assay_residuals(const void *blob, const float *rows, size_t n, double *out);

#if defined(__x86_64__)
enum { READ = 0, WRITE = 1, EXIT = 60 };
static long call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
enum { READ = 63, WRITE = 64, EXIT = 93 };
static long call(long number, long a, long b, long c) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}
#elif defined(__arm__)
enum { READ = 3, WRITE = 4, EXIT = 1 };
static long call(long number, long a, long b, long c) {
    register long r7 __asm__("r7") = number;
    register long r0 __asm__("r0") = a;
    register long r1 __asm__("r1") = b;
    register long r2 __asm__("r2") = c;
    __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
    return r0;
}
#else
#error "no system calls written for this architecture"
#endif

static _Alignas(8) uint8_t blob[CAPACITY];
static _Alignas(8) uint8_t rows[CAPACITY];
static _Alignas(8) uint8_t scores[CAPACITY];

static void leave(int code) {
    for (;;) call(EXIT, code, 0, 0);
}

static void read_all(uint8_t *target, size_t size) {
    while (size > 0) {
        const long got = call(READ, 0, (long)target, (long)size);
        if (got <= 0) leave(1);
        target += got;
        size -= (size_t)got;
    }
}

static void write_all(const uint8_t *source, size_t size) {
    while (size > 0) {
        const long put = call(WRITE, 1, (long)source, (long)size);
        if (put <= 0) leave(1);
        source += put;
        size -= (size_t)put;
    }
}

static int is_projection(void) {
    static const uint8_t magic[8] = {'A', 'S', 'S', 'A', 'Y', 'P', 'C', 'A'};
    for (int k = 0; k < 8; k++) {
        if (blob[k] != magic[k]) return 0;
    }
    return 1;
}

/* Whether a projection (edge_bundle/format/residual_blob.py) is as long as its header says. */
static int is_whole(uint64_t size) {
    const uint64_t columns = ((const uint32_t *)blob)[4], axes = ((const uint32_t *)blob)[5];
    if (size < 32 || columns - 1 >= MAX_RESIDUAL_COLUMNS || axes > MAX_RESIDUAL_COLUMNS) return 0;
    return size == 32 + 4 * (columns + columns % 2) + 8 * columns * (2 + axes);
}

static void read_rows(uint64_t n, uint32_t n_features) {
    const uint64_t row_bytes = n * n_features * sizeof(float);
    if (row_bytes > CAPACITY) leave(1);
    read_all(rows, (size_t)row_bytes);
}

static void score_projection(uint64_t size, size_t n) {
    if (!is_whole(size)) leave(2);
    read_rows(n, ((const uint32_t *)blob)[3]);
    assay_residuals(blob, (const float *)rows, n, (double *)scores);
    write_all(scores, n * sizeof(double));
}

static void score_trees(uint64_t size, size_t n) {
    if (assay_check(blob, (size_t)size) != 0) leave(2);
    read_rows(n, ((const uint32_t *)blob)[4]);
    if (((const uint32_t *)blob)[3] == KIND_MARGIN) {
        assay_margins(blob, (const float *)rows, n, (float *)scores);
        write_all(scores, n * sizeof(float));
    } else {
        assay_depths(blob, (const float *)rows, n, (double *)scores);
        write_all(scores, n * sizeof(double));
    }
}

__attribute__((used)) void run(void) {
    static uint64_t sizes[2];
    read_all((uint8_t *)sizes, sizeof sizes);
    if (sizes[0] > CAPACITY || sizes[1] > CAPACITY / sizeof(double)) leave(1);
    read_all(blob, (size_t)sizes[0]);
    if (is_projection()) {
        score_projection(sizes[0], (size_t)sizes[1]);
    } else {
        score_trees(sizes[0], (size_t)sizes[1]);
    }
    leave(0);
}

/* The stack is 16-byte aligned at entry; calling from here leaves it as the ABI asks. */
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n call run\n");
#else
__asm__(".globl _start\n_start:\n bl run\n");
#endif
