/* Feeds altered models to the kernel: accepted or refused, no walk may leave its blob. Built with sanitizers.
 *
 * Input: one file of models, each a uint32 size and that many bytes. Arguments: the file, how many executions, a seed.
 * Output: one line, executions, accepted, and a digest of the verdicts, the same for the same arguments.
 * Each execution takes a model, alters it, copies it to memory of exactly its size, and asks the kernel; what the kernel
 * accepts is scored, one row at a time and many at once.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MODELS 64
#define MAX_BLOB 65536
#define ROWS 3

int assay_check(const void *blob, size_t size);
float assay_margin(const void *blob, const double *row);
double assay_depth(const void *blob, const double *row);
void assay_margins(const void *blob, const float *rows, size_t n, float *out);
void assay_depths(const void *blob, const float *rows, size_t n, double *out);

static uint64_t state;

/* splitmix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t next(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t below(uint32_t n) { return (uint32_t)(next() % n); }

static uint32_t word(void) {
    static const uint32_t odd[] = {0,          1,          2,          7,          64,         65,         1024,
                                   1025,       65535,      65536,      65537,      0x7F800000, 0xFF800000, 0x7FC00000,
                                   0x80000000, 0xFFFFFFFF, 0x00000001, 0x7F7FFFFF, 0x3F800000, 0x41595341};
    const uint32_t n = sizeof odd / sizeof *odd;
    return below(3) ? odd[below(n)] : (uint32_t)next();
}

/* Alters the blob in place; its new size. */
static uint32_t alter(uint8_t *blob, uint32_t size, uint32_t capacity) {
    const uint32_t times = 1 + below(4);
    for (uint32_t k = 0; k < times && size >= 8; k++) {
        const uint32_t value = word();
        switch (below(8)) {
        case 0: blob[below(size)] ^= (uint8_t)(1u << below(8)); break;
        case 1: blob[below(size)] = (uint8_t)next(); break;
        case 2: memcpy(blob + 4 * below(size / 4), &value, 4); break;             /* anywhere */
        case 3: memcpy(blob + 4 * below(16 < size / 4 ? 16 : size / 4), &value, 4); break; /* in the header */
        case 4: memcpy(blob + 2 * below(size / 2), &value, 2); break;             /* slot or left child */
        case 5: size = below(size + 1); break;
        case 6:
            if (size + 8 <= capacity) memset(blob + size, 0, 8), size += 8;
            break;
        default: {
            const uint32_t length = 8, from = 8 * below(size / 8), to = 8 * below(size / 8);
            memmove(blob + to, blob + from, length); /* a node in another's place */
        }
        }
    }
    return size;
}

static void score(const uint8_t *blob) {
    const uint32_t kind = ((const uint32_t *)blob)[3], n_features = ((const uint32_t *)blob)[4];
    float *rows = malloc(ROWS * n_features * sizeof(float));
    double *row = malloc(n_features * sizeof(double)), *out = malloc(ROWS * sizeof(double));
    if (!rows || !row || !out) abort();
    for (uint32_t k = 0; k < ROWS * n_features; k++) {
        const uint32_t bits = word();
        memcpy(rows + k, &bits, sizeof bits);
    }
    for (uint32_t k = 0; k < n_features; k++) row[k] = rows[k];
    if (kind == 1) {
        volatile float one = assay_margin(blob, row);
        (void)one;
        assay_margins(blob, rows, ROWS, (float *)out);
    } else {
        volatile double one = assay_depth(blob, row);
        (void)one;
        assay_depths(blob, rows, ROWS, out);
    }
    free(rows), free(row), free(out);
}

int main(int argc, char **argv) {
    static uint8_t models[MAX_MODELS][MAX_BLOB];
    static uint32_t sizes[MAX_MODELS];
    uint32_t count = 0;
    if (argc != 4) return 2;
    FILE *file = fopen(argv[1], "rb");
    if (!file) return 2;
    while (count < MAX_MODELS && fread(&sizes[count], 4, 1, file) == 1) {
        if (sizes[count] > MAX_BLOB || fread(models[count], 1, sizes[count], file) != sizes[count]) return 2;
        count++;
    }
    fclose(file);
    if (count == 0) return 2;
    const uint64_t executions = strtoull(argv[2], NULL, 10);
    state = strtoull(argv[3], NULL, 10);
    static uint8_t work[MAX_BLOB + 64];
    uint64_t accepted = 0, digest = 0;
    for (uint64_t k = 0; k < executions; k++) {
        const uint32_t which = below(count);
        memcpy(work, models[which], sizes[which]);
        const uint32_t size = alter(work, sizes[which], sizeof work);
        uint8_t *blob = malloc(size ? size : 1); /* of exactly this size: a byte beyond is seen */
        if (!blob) abort();
        memcpy(blob, work, size);
        const int verdict = assay_check(blob, size);
        if (verdict == 0) {
            accepted++;
            score(blob);
        }
        digest = digest * 31 + (uint64_t)verdict;
        free(blob);
    }
    printf("%" PRIu64 " %" PRIu64 " %016" PRIx64 "\n", executions, accepted, digest);
    return 0;
}
