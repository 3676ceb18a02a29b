/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of CPU, what it can do, and who stands between it and us. */
#include "machine_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char cpuinfo[] = "/proc/cpuinfo";

/* What hot paths and clocks depend on, by the names that /proc/cpuinfo has for them on either architecture. */
static const char *const features[] = {
    "sse4_2",    "avx2",         "avx512f",       "avx512vl",     "erms",       "fsrm",
    "rdtscp",    "constant_tsc", "nonstop_tsc",   "tsc_reliable", "clflushopt", "clwb",
    "cldemote",  "movdiri",      "movdir64b",     "waitpkg",      "monitor",    "monitorx",
    "serialize", "prefetchw",    "3dnowprefetch", "pcid",         "arat",       "hypervisor",
    "atomics",   "uscat",        "lrcpc",         "ilrcpc",       "sve",        "wfxt"};

static void add_features(json_t *facts, const char *root)
{
    char flags[8192];
    if (!tf_source_field(flags, sizeof flags, root, cpuinfo, "flags") &&
        !tf_source_field(flags, sizeof flags, root, cpuinfo, "Features"))
        return;
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        if (tf_has_word(flags, features[i]))
            json_array_append_new(list, json_string(features[i]));
    json_object_set_new(facts, "features", list);
}

static void add_field(json_t *facts, const char *key, const char *root, const char *field)
{
    char text[256];
    if (tf_source_field(text, sizeof text, root, cpuinfo, field))
        tf_set_text(facts, key, text);
}

static void add_field_number(json_t *facts, const char *key, const char *root,
                             const char *field)
{
    char text[64], *rest;
    if (!tf_source_field(text, sizeof text, root, cpuinfo, field))
        return;
    long value = strtol(text, &rest, 0);
    if (rest != text)
        tf_set_number(facts, key, value);
}

/* Arm's cores tell numbers only; these are the ones found in servers. */
static void add_arm(json_t *facts, const char *root)
{
    static const struct {
        const char *implementer, *part, *name;
    } cores[] = {{"0x41", "0xd0c", "Arm Neoverse-N1"}, {"0x41", "0xd40", "Arm Neoverse-V1"},
                 {"0x41", "0xd49", "Arm Neoverse-N2"}, {"0x41", "0xd4f", "Arm Neoverse-V2"},
                 {"0x41", "0xd8e", "Arm Neoverse-N3"}, {"0x41", "0xd84", "Arm Neoverse-V3"},
                 {"0xc0", "0xac3", "Ampere-1"},        {"0x41", "0xd08", "Arm Cortex-A72"}};
    char implementer[32], part[32], name[128] = "";
    if (!tf_source_field(implementer, sizeof implementer, root, cpuinfo, "CPU implementer") ||
        !tf_source_field(part, sizeof part, root, cpuinfo, "CPU part"))
        return;
    snprintf(name, sizeof name, "Arm, implementer %s part %s", implementer, part);
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++)
        if (!strcmp(implementer, cores[i].implementer) && !strcmp(part, cores[i].part))
            snprintf(name, sizeof name, "%s", cores[i].name);
    tf_set_text(facts, "cpu", name);
    tf_set_text(facts, "vendor", implementer);
    add_field_number(facts, "family", root, "CPU architecture");
    add_field_number(facts, "model", root, "CPU part");
    add_field_number(facts, "stepping", root, "CPU revision");
}

/* CPUID's hypervisor leaf: twelve letters that each of them has chosen for itself. */
static void ask_cpu(char *out, size_t size)
{
#if defined(__x86_64__)
    static const char *const names[][2] = {{"KVMKVMKVM", "KVM"},
                                           {"Microsoft Hv", "Hyper-V"},
                                           {"VMwareVMware", "VMware"},
                                           {"XenVMMXenVMM", "Xen"},
                                           {"TCGTCGTCGTCG", "QEMU without KVM"},
                                           {"bhyve bhyve ", "bhyve"},
                                           {"VBoxVBoxVBox", "VirtualBox"}};
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 31)))
        return;
    unsigned words[4] = {0};
    __cpuid(0x40000000, a, words[0], words[1], words[2]);
    char letters[13] = "";
    memcpy(letters, words, 12);
    snprintf(out, size, "%s", letters[0] ? letters : "unknown");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(letters, names[i][0]))
            snprintf(out, size, "%s", names[i][1]);
#else
    (void)out;
    (void)size;
#endif
}

void tf_hypervisor_of(const char *root, char *out, size_t size)
{
    char text[8192];
    out[0] = 0;
    if (root == tf_this_machine)
        ask_cpu(out, size);
    if (out[0] == 0 && tf_source_line(text, sizeof text, root, "/sys/hypervisor/type") &&
        strcmp(text, "none") != 0)
        snprintf(out, size, "%.32s", text);
    if (out[0] == 0 && tf_source_field(text, sizeof text, root, cpuinfo, "flags") &&
        tf_has_word(text, "hypervisor"))
        snprintf(out, size, "unknown");
    /* Arm has no flag for it, but QEMU's firmware gives its name. */
    if (out[0] == 0 &&
        tf_source_line(text, sizeof text, root, "/sys/class/dmi/id/sys_vendor") &&
        strstr(text, "QEMU"))
        snprintf(out, size, "QEMU");
}

bool tf_governor_of(const char *root, char *out, size_t size)
{
    cpu_set_t online;
    tf_cpus_online(root, &online);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &online) &&
            tf_source_line(out, size, root,
                           "/sys/devices/system/cpu/cpu%zu/cpufreq/scaling_governor", cpu))
            return true;
    return false;
}

static void add_power(json_t *facts, const char *root)
{
    char text[256];
    long value;
    if (tf_governor_of(root, text, sizeof text))
        tf_set_text(facts, "governor", text);
    if (tf_source_line(text, sizeof text, root,
                       "/sys/devices/system/cpu/cpuidle/current_driver"))
        tf_set_text(facts, "idle_driver", text);
    if (tf_source_number(&value, root, "/sys/devices/system/cpu/intel_pstate/no_turbo"))
        json_object_set_new(facts, "turbo", json_boolean(value == 0));
    else if (tf_source_number(&value, root, "/sys/devices/system/cpu/cpufreq/boost"))
        json_object_set_new(facts, "turbo", json_boolean(value != 0));
}

void tf_machine_add_cpu(json_t *facts, const char *root)
{
    char hypervisor[64];
    add_field(facts, "cpu", root, "model name");
    add_field(facts, "vendor", root, "vendor_id");
    add_field_number(facts, "family", root, "cpu family");
    add_field_number(facts, "model", root, "model");
    add_field_number(facts, "stepping", root, "stepping");
    add_field(facts, "microcode", root, "microcode");
    if (!json_object_get(facts, "vendor"))
        add_arm(facts, root);
    add_features(facts, root);
    tf_hypervisor_of(root, hypervisor, sizeof hypervisor);
    tf_set_text(facts, "hypervisor", hypervisor);
    add_power(facts, root);
}
