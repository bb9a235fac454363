/* Scores one row, or many, with a flat tree model (layout: edge_bundle/format/model_blob.py).
 *
 * Every step is an IEEE operation in a fixed order, so every target gives the same bits: build with
 * -ffp-contract=off and never with -ffast-math. The library needs no libc, so one build per
 * architecture serves glibc and musl of any age.
 *
 * A row is spread once to 2F+1 floats: slot f has the value with "missing" as -inf (goes left),
 * slot F+f has it as +inf (goes right), slot 2F is NaN. A leaf compares slot 2F, which is never
 * true, and its `left` is itself: the walk has a fixed length and no branch. That also leaves a
 * leaf's `payload` free for its value, so a step touches 8 bytes.
 */
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define ABI 1u
#define MAX_FEATURES 1024u
#define MAX_TREES 65536u
#define MAX_DEPTH 64u
#define LANES 8u /* trees walked in lock-step: hides the latency of the loads */

enum { KIND_MARGIN = 1, KIND_DEPTH = 2 };
enum { OK = 0, BAD_SIZE = 1, BAD_HEADER = 2, BAD_TREE = 3, BAD_NODE = 4, BAD_LEAF = 5, STRAY_NODE = 6 };

typedef union {
    float threshold; /* split: goes right where value >= threshold */
    float margin;    /* leaf of KIND_MARGIN */
    uint32_t index;  /* leaf of KIND_DEPTH: place in the table of path lengths */
} payload_t;

typedef struct {
    payload_t payload;
    uint16_t slot;
    uint16_t left; /* right child is left + 1; both count from the tree's root */
} node_t;

typedef struct {
    uint8_t magic[8];
    uint32_t version, kind, n_features, n_trees, n_nodes, max_depth, n_lengths;
    float base_margin;
    double denominator, offset;
    uint64_t reserved;
} header_t;

typedef struct {
    const header_t *header;
    const uint32_t *root, *depth;
    const node_t *node;
    const double *length;
} model_t;

static model_t view(const void *blob) {
    const header_t *header = blob;
    model_t model = {.header = header};
    model.root = (const uint32_t *)(header + 1);
    model.depth = model.root + header->n_trees;
    model.node = (const node_t *)(model.depth + header->n_trees);
    model.length = (const double *)(model.node + header->n_nodes);
    return model;
}

static float positive_infinity(void) { return __builtin_inff(); }

static void put(float *slots, uint32_t n_features, uint32_t feature, float value) {
    const int missing = value != value;
    slots[feature] = missing ? -positive_infinity() : value;
    slots[n_features + feature] = missing ? positive_infinity() : value;
}

static void spread_float64(float *slots, uint32_t n_features, const double *row) {
    for (uint32_t f = 0; f < n_features; f++) put(slots, n_features, f, (float)row[f]);
    slots[2 * n_features] = __builtin_nanf("");
}

static void spread_float32(float *slots, uint32_t n_features, const float *row) {
    for (uint32_t f = 0; f < n_features; f++) put(slots, n_features, f, row[f]);
    slots[2 * n_features] = __builtin_nanf("");
}

static uint32_t deepest(const uint32_t *depth, uint32_t n) {
    uint32_t result = 0;
    for (uint32_t k = 0; k < n; k++) result = depth[k] > result ? depth[k] : result;
    return result;
}

/* The leaf each of the `n` (at most LANES) trees from `first` on ends in. */
static inline void walk(const model_t *model, const float *slots, uint32_t first, uint32_t n,
                        const node_t **leaf) {
    const node_t *tree[LANES];
    uint32_t at[LANES] = {0};
    for (uint32_t k = 0; k < n; k++) tree[k] = model->node + model->root[first + k];
    for (uint32_t step = deepest(model->depth + first, n); step > 0; step--) {
        for (uint32_t k = 0; k < n; k++) {
            const node_t *node = tree[k] + at[k];
            at[k] = (uint32_t)node->left + (slots[node->slot] >= node->payload.threshold);
        }
    }
    for (uint32_t k = 0; k < n; k++) leaf[k] = tree[k] + at[k];
}

static float sum_margins(const model_t *model, const float *slots) {
    const node_t *leaf[LANES];
    const uint32_t n_trees = model->header->n_trees;
    float sum = model->header->base_margin;
    uint32_t first = 0;
    for (; first + LANES <= n_trees; first += LANES) {
        walk(model, slots, first, LANES, leaf);
        for (uint32_t k = 0; k < LANES; k++) sum += leaf[k]->payload.margin;
    }
    for (; first < n_trees; first++) {
        walk(model, slots, first, 1, leaf);
        sum += leaf[0]->payload.margin;
    }
    return sum;
}

static double sum_depths(const model_t *model, const float *slots) {
    const node_t *leaf[LANES];
    const uint32_t n_trees = model->header->n_trees;
    double sum = 0.0;
    uint32_t first = 0;
    for (; first + LANES <= n_trees; first += LANES) {
        walk(model, slots, first, LANES, leaf);
        for (uint32_t k = 0; k < LANES; k++) sum += model->length[leaf[k]->payload.index];
    }
    for (; first < n_trees; first++) {
        walk(model, slots, first, 1, leaf);
        sum += model->length[leaf[0]->payload.index];
    }
    return sum;
}

EXPORT uint32_t assay_abi(void) { return ABI; }

/* One row of n_features float64 values; they are rounded to float32 as XGBoost does. */
EXPORT float assay_margin(const void *blob, const double *row) {
    const model_t model = view(blob);
    float slots[2 * MAX_FEATURES + 1];
    spread_float64(slots, model.header->n_features, row);
    return sum_margins(&model, slots);
}

EXPORT double assay_depth(const void *blob, const double *row) {
    const model_t model = view(blob);
    float slots[2 * MAX_FEATURES + 1];
    spread_float64(slots, model.header->n_features, row);
    return sum_depths(&model, slots);
}

EXPORT void assay_margins(const void *blob, const float *rows, size_t n, float *out) {
    const model_t model = view(blob);
    const uint32_t n_features = model.header->n_features;
    float slots[2 * MAX_FEATURES + 1];
    for (size_t r = 0; r < n; r++) {
        spread_float32(slots, n_features, rows + r * n_features);
        out[r] = sum_margins(&model, slots);
    }
}

EXPORT void assay_depths(const void *blob, const float *rows, size_t n, double *out) {
    const model_t model = view(blob);
    const uint32_t n_features = model.header->n_features;
    float slots[2 * MAX_FEATURES + 1];
    for (size_t r = 0; r < n; r++) {
        spread_float32(slots, n_features, rows + r * n_features);
        out[r] = sum_depths(&model, slots);
    }
}

/* A projection of deviations (layout: edge_bundle/format/residual_blob.py): the sum over the axes of the squared sum
 * over the columns, both in their order. A row that lacks a column scores NaN. The blob was checked in Python. */
typedef struct {
    uint8_t magic[8];
    uint32_t version, n_features, n_columns, n_axes;
    double farthest;
} residual_header_t;

#define MAX_RESIDUAL_COLUMNS 120u

static double sum_squares(const residual_header_t *header, const float *row) {
    const uint32_t n = header->n_columns;
    const uint32_t *column = (const uint32_t *)(header + 1);
    const double *center = (const double *)(column + n + n % 2);
    const double *scale = center + n, *axis = scale + n;
    const double farthest = header->farthest;
    double deviation[MAX_RESIDUAL_COLUMNS], total = 0.0;
    for (uint32_t k = 0; k < n; k++) {
        const double z = ((double)row[column[k]] - center[k]) / scale[k];
        deviation[k] = z > farthest ? farthest : z < -farthest ? -farthest : z;
    }
    for (uint32_t a = 0; a < header->n_axes; a++, axis += n) {
        double along = 0.0;
        for (uint32_t k = 0; k < n; k++) along += deviation[k] * axis[k];
        total += along * along;
    }
    return total == total ? total : __builtin_nan("");
}

EXPORT void assay_residuals(const void *blob, const float *rows, size_t n, double *out) {
    const residual_header_t *header = blob;
    for (size_t r = 0; r < n; r++) out[r] = sum_squares(header, rows + r * header->n_features);
}

static int finite64(double value) { return value - value == 0.0; }
static int finite32(float value) { return value - value == 0.0f; }

static int check_header(const header_t *header, size_t size) {
    static const uint8_t magic[8] = {'A', 'S', 'S', 'A', 'Y', 'F', 'L', 'T'};
    for (int k = 0; k < 8; k++) {
        if (header->magic[k] != magic[k]) return BAD_HEADER;
    }
    if (header->version != ABI || header->reserved != 0) return BAD_HEADER;
    if (header->n_features - 1u >= MAX_FEATURES || header->n_trees - 1u >= MAX_TREES) return BAD_HEADER;
    if (header->max_depth > MAX_DEPTH || !finite32(header->base_margin)) return BAD_HEADER;
    if (!finite64(header->denominator) || !finite64(header->offset)) return BAD_HEADER;
    const uint64_t lengths = header->n_lengths;
    if (header->kind == KIND_MARGIN) {
        if (lengths != 0 || header->denominator != 0.0 || header->offset != 0.0) return BAD_HEADER;
    } else if (header->kind == KIND_DEPTH) {
        if (lengths == 0 || header->denominator <= 0.0 || header->base_margin != 0.0f) return BAD_HEADER;
    } else {
        return BAD_HEADER;
    }
    const uint64_t needed = sizeof(header_t) + 8 * ((uint64_t)header->n_trees + header->n_nodes + lengths);
    return needed == size ? OK : BAD_SIZE;
}

/* Children stand in breadth-first order, so the k-th split of a tree must have left = 1 + 2k. */
static int check_tree(const model_t *model, uint32_t root, uint32_t n_nodes, uint32_t *depth) {
    const header_t *header = model->header;
    uint32_t next = 1, level_end = 1;
    *depth = 0;
    for (uint32_t at = 0; at < n_nodes; at++) {
        const node_t *node = model->node + root + at;
        if (at >= next) return STRAY_NODE; /* no split before it has it as a child */
        if (at == level_end) {
            ++*depth;
            level_end = next;
        }
        if (node->slot < 2 * header->n_features) {
            if (node->left != next || next + 2 > n_nodes) return BAD_NODE;
            if (!finite32(node->payload.threshold)) return BAD_NODE;
            next += 2;
        } else if (node->slot != 2 * header->n_features || node->left != at) {
            return BAD_NODE;
        } else if (header->kind == KIND_MARGIN ? !finite32(node->payload.margin)
                                               : node->payload.index >= header->n_lengths) {
            return BAD_LEAF;
        }
    }
    return next == n_nodes ? OK : BAD_NODE;
}

/* 0 where every walk of the model stays inside the blob; else what is wrong. Call before scoring. */
EXPORT int assay_check(const void *blob, size_t size) {
    if (size < sizeof(header_t) || (uintptr_t)blob % 8 != 0) return BAD_SIZE;
    int reason = check_header(blob, size);
    if (reason != OK) return reason;
    const model_t model = view(blob);
    uint32_t deepest_tree = 0;
    for (uint32_t t = 0; t < model.header->n_trees; t++) {
        const uint32_t root = model.root[t];
        const uint32_t end = t + 1 < model.header->n_trees ? model.root[t + 1] : model.header->n_nodes;
        if ((t == 0 && root != 0) || end <= root || end > model.header->n_nodes || end - root > 65535u) {
            return BAD_TREE;
        }
        uint32_t depth;
        reason = check_tree(&model, root, end - root, &depth);
        if (reason != OK) return reason;
        if (depth != model.depth[t]) return BAD_TREE;
        deepest_tree = depth > deepest_tree ? depth : deepest_tree;
    }
    if (deepest_tree != model.header->max_depth) return BAD_TREE;
    for (uint32_t k = 0; k < model.header->n_lengths; k++) {
        if (!finite64(model.length[k]) || (k > 0 && !(model.length[k - 1] < model.length[k]))) return BAD_LEAF;
    }
    return OK;
}
