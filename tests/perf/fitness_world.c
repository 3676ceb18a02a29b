/* SPDX-License-Identifier: Apache-2.0 */
#include "fitness_world.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU "/sys/devices/system/cpu/cpu%d"

char world_root[64];

void world_begin(void)
{
    /* A Xeon is 1,500 files: in memory where that can be. */
    snprintf(world_root, sizeof world_root, "/dev/shm/fitness-world.XXXXXX");
    if (mkdtemp(world_root))
        return;
    snprintf(world_root, sizeof world_root, "/tmp/fitness-world.XXXXXX");
    cr_assert(mkdtemp(world_root));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

void world_end(void)
{
    nftw(world_root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_folders(char *full, size_t from)
{
    for (char *slash = full + from + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        cr_assert(mkdir(full, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
}

void world_put(const char *content, const char *path, ...)
{
    char full[512];
    int head = snprintf(full, sizeof full, "%s", world_root);
    va_list args;
    va_start(args, path);
    vsnprintf(full + head, sizeof full - (size_t)head, path, args);
    va_end(args);
    FILE *file = fopen(full, "w");
    if (!file) {
        make_folders(full, (size_t)head);
        file = fopen(full, "w");
    }
    cr_assert(file, "%s", full);
    fprintf(file, "%s\n", content);
    fclose(file);
}

void world_remove(const char *path)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", world_root, path);
    cr_assert_eq(remove(full), 0, "%s", full);
}

static void put_number(int number, const char *path, int cpu)
{
    char text[16], full[256];
    snprintf(text, sizeof text, "%d", number);
    snprintf(full, sizeof full, CPU "/%s", cpu, path);
    world_put(text, "%s", full);
}

static void put_cache(int cpu, int index, const char *level, const char *size,
                      const char *shared)
{
    world_put(level, CPU "/cache/index%d/level", cpu, index);
    world_put(size, CPU "/cache/index%d/size", cpu, index);
    world_put("Unified", CPU "/cache/index%d/type", cpu, index);
    world_put(shared, CPU "/cache/index%d/shared_cpu_list", cpu, index);
}

static void put_xeon_cpu(int cpu)
{
    char siblings[32];
    int core = cpu % 64, socket = core / 32;
    snprintf(siblings, sizeof siblings, "%d,%d", core, core + 64);
    world_put(siblings, CPU "/topology/core_cpus_list", cpu);
    put_number(socket, "topology/physical_package_id", cpu);
    put_number(core % 32, "topology/core_id", cpu);
    put_cache(cpu, 0, "2", "2048K", siblings);
    put_cache(cpu, 1, "3", "61440K", socket ? "32-63,96-127" : "0-31,64-95");
    world_put("powersave", CPU "/cpufreq/scaling_governor", cpu);
}

static void put_xeon_system(void)
{
    world_put("0-127", "/sys/devices/system/cpu/online");
    world_put("0-127", "/sys/devices/system/cpu/present");
    world_put("", "/sys/devices/system/cpu/offline");
    world_put("8-31", "/sys/devices/system/cpu/isolated");
    world_put("8-31", "/sys/devices/system/cpu/nohz_full");
    world_put("1", "/sys/devices/system/cpu/intel_pstate/no_turbo");
    world_put("intel_idle", "/sys/devices/system/cpu/cpuidle/current_driver");
    world_put("0-1", "/sys/devices/system/node/online");
    world_put("0-31,64-95", "/sys/devices/system/node/node0/cpulist");
    world_put("32-63,96-127", "/sys/devices/system/node/node1/cpulist");
    world_put("Node 0 MemTotal:       1048576 kB", "/sys/devices/system/node/node0/meminfo");
    world_put("Node 1 MemTotal:       2097152 kB", "/sys/devices/system/node/node1/meminfo");
    world_put("always [madvise] never", "/sys/kernel/mm/transparent_hugepage/enabled");
    world_put("512", "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
    world_put("500", "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
}

void world_xeon(void)
{
    world_put("processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n"
              "model name\t: Intel(R) Xeon(R) Platinum 8462Y+\nstepping\t: 8\nmicrocode\t: "
              "0x2b000461\n"
              "flags\t\t: fpu tsc avx2 avx512f constant_tsc nonstop_tsc cldemote movdir64b",
              "/proc/cpuinfo");
    world_put("6.1.0-18-amd64", "/proc/sys/kernel/osrelease");
    world_put("trader7", "/proc/sys/kernel/hostname");
    world_put("BOOT_IMAGE=/vmlinuz root=UUID=1234 isolcpus=8-31 quiet token=s3cret "
              "processor.max_cstate=1 -- mitigations=off",
              "/proc/cmdline");
    world_put("MemTotal:        3145728 kB", "/proc/meminfo");
    world_put("1.25 1.00 0.50 1/100 4242", "/proc/loadavg");
    world_put("0123456789abcdef0123456789abcdef", "/etc/machine-id");
    for (int cpu = 0; cpu < 128; cpu++)
        put_xeon_cpu(cpu);
    put_xeon_system();
}

void world_hybrid(void)
{
    world_put("processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: 12th Gen",
              "/proc/cpuinfo");
    world_put("0-11", "/sys/devices/system/cpu/online");
    world_put("0-7", "/sys/devices/cpu_core/cpus");
    world_put("8-11", "/sys/devices/cpu_atom/cpus");
    for (int cpu = 0; cpu < 12; cpu++) {
        char siblings[32];
        int first = cpu < 8 ? cpu / 2 * 2 : cpu;
        snprintf(siblings, sizeof siblings, cpu < 8 ? "%d-%d" : "%d", first, first + 1);
        world_put(siblings, CPU "/topology/thread_siblings_list", cpu);
        put_number(0, "topology/physical_package_id", cpu);
        put_cache(cpu, 0, "3", "30M", "0-11");
    }
}

void world_arm(void)
{
    world_put("processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd atomics lrcpc uscat\n"
              "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x1\nCPU part\t: "
              "0xd40\nCPU revision\t: 1",
              "/proc/cpuinfo");
    world_put("0-7", "/sys/devices/system/cpu/online");
    for (int cpu = 0; cpu < 8; cpu++) {
        put_number(cpu, "topology/core_id", cpu);
        put_number(cpu < 4 ? 512 : 1024, "cpu_capacity", cpu);
    }
}
