/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"
#include "measurement.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { NAME_MAX_BYTES = 160, TICKS_PER_HALF_DISTANCE = 5 };

/*
 * A measurement's labels become file names: blanks turn into '_', whatever else a shell or a file system could take
 * amiss too, and then a hash of the whole keeps "a/b" and "a:b" apart.
 */
static void safe_name(const char *name, char *out, size_t size)
{
    size_t length = strlen(name), used = 0;
    bool lossy = length == 0 || length > NAME_MAX_BYTES || name[0] == '.' || name[0] == '-';
    for (; used < length && used < NAME_MAX_BYTES; used++) {
        unsigned char byte = (unsigned char)name[used];
        bool kept = byte < 0x80 && (isalnum(byte) || strchr("._-+", byte));
        out[used] = kept && !(used == 0 && (byte == '.' || byte == '-')) ? (char)byte : '_';
        lossy = lossy || (!kept && byte != ' ');
    }
    out[used] = 0;
    if (lossy)
        snprintf(out + used, size - used, "-%08" PRIx32, XXH32(name, length, 0));
}

static uint64_t bin_low(unsigned bin)
{
    return bin < 64 ? bin : (UINT64_C(64) + bin % 64) << (bin / 64 - 1);
}

static uint64_t bin_width(unsigned bin)
{
    return bin < 64 ? 1 : UINT64_C(1) << (bin / 64 - 1);
}

/* Of the values' bins, each taken at its middle, as HdrHistogram does. */
static void moments(const struct tf_histogram *histogram, double *mean, double *deviation)
{
    double sum = 0, squares = 0, count = (double)histogram->count;
    for (unsigned bin = 0; bin < TF_HISTOGRAM_BINS; bin++)
        if (histogram->bins[bin])
            sum += (double)histogram->bins[bin] *
                   ((double)bin_low(bin) + (double)(bin_width(bin) / 2));
    *mean = count > 0 ? sum / count : 0;
    for (unsigned bin = 0; bin < TF_HISTOGRAM_BINS; bin++) {
        double off = (double)bin_low(bin) + (double)(bin_width(bin) / 2) - *mean;
        squares += (double)histogram->bins[bin] * off * off;
    }
    *deviation = count > 0 ? sqrt(squares / count) : 0;
}

/* The next level: five steps for each halving of what is left to 100 %. */
static double next_level(double percent)
{
    double halvings = floor(log2(100 / (100 - percent))) + 1;
    return percent + 100 / (TICKS_PER_HALF_DISTANCE * exp2(halvings));
}

static void write_levels(const struct tf_histogram *histogram, FILE *file)
{
    uint64_t seen = 0;
    double level = 0;
    fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    for (unsigned bin = 0; bin < TF_HISTOGRAM_BINS && seen < histogram->count; bin++) {
        if (histogram->bins[bin] == 0)
            continue;
        seen += histogram->bins[bin];
        uint64_t top = bin_low(bin) + (bin_width(bin) - 1);
        double value = (double)(top < histogram->max ? top : histogram->max);
        double reached = 100 * (double)seen / (double)histogram->count;
        for (; level <= reached && level < 100; level = next_level(level)) {
            fprintf(file, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", value, level / 100, seen,
                    1 / (1 - level / 100));
            if (seen == histogram->count)
                break; /* the largest value has one line of a level, then the one of 100 % */
        }
    }
    if (histogram->count)
        fprintf(file, "%12.3f %2.12f %10" PRIu64 "\n", (double)histogram->max, 1.0,
                histogram->count);
}

static void write_footer(const struct tf_histogram *histogram, FILE *file)
{
    double mean, deviation;
    moments(histogram, &mean, &deviation);
    fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean, deviation);
    fprintf(file, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n",
            (double)histogram->max, histogram->count);
    fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n", TF_HISTOGRAM_BINS / 64, 64);
}

/* Into a file beside it, then renamed: no half a histogram, and no link that somebody left is followed. */
int tf_histogram_write_hgrm(const struct tf_histogram *histogram, const char *folder,
                            const char *name)
{
    char base[NAME_MAX_BYTES + 16], path[4096], draft[4096 + 8];
    safe_name(name, base, sizeof base);
    if (snprintf(path, sizeof path, "%s/%s.hgrm", folder, base) >= (int)sizeof path)
        return tf_fail(TF_EUSAGE, "%s: name of the folder for histograms is too long", folder);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return tf_fail_errno(TF_ECREATE, "%s: cannot make the folder for histograms", folder);

    snprintf(draft, sizeof draft, "%s.new", path);
    unlink(draft);
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        if (fd >= 0)
            close(fd);
        return tf_fail_errno(TF_ECREATE, "%s: cannot create a histogram", draft);
    }
    write_levels(histogram, file);
    write_footer(histogram, file);
    bool bad = ferror(file) != 0;
    if (fclose(file) != 0 || bad || rename(draft, path) != 0) {
        int code = tf_fail_errno(TF_EIO, "%s: cannot write the histogram", path);
        unlink(draft);
        return code;
    }
    return 0;
}
