/* SPDX-License-Identifier: Apache-2.0 */
#include "fitness.h"
#include "machine_source.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* Of this process alone: how many CPUs it may use is no property of the machine. */
static void add_allowed(json_t *facts)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        tf_set_number(facts, "cpus_allowed", CPU_COUNT(&allowed));
}

/* Of the kernel's parameters, those that change what is measured: the others are the owner's business. */
static bool matters(const char *parameter)
{
    static const char names[] =
        "isolcpus nohz nohz_full rcu_nocbs irqaffinity nosmt maxcpus mitigations nopti "
        "pti spectre_v2 retbleed idle processor intel_idle intel_pstate amd_pstate "
        "cpufreq cpuidle_haltpoll haltpoll cpuidle tsc clocksource hpet "
        "transparent_hugepage hugepages hugepagesz default_hugepagesz numa_balancing "
        "numa preempt threadirqs skew_tick nosoftlockup nmi_watchdog nowatchdog mce "
        "audit pcie_aspm";
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(parameter, "=."), parameter);
    return tf_has_word(names, name);
}

static void add_parameters(json_t *facts, const char *root)
{
    char all[4096], kept[4096] = "", *rest = all;
    size_t used = 0;
    if (!tf_source_line(all, sizeof all, root, "/proc/cmdline"))
        return;
    for (char *word; (word = strsep(&rest, " ")) != NULL && strcmp(word, "--") != 0;)
        if (matters(word))
            used += (size_t)snprintf(kept + used, sizeof kept - used, "%s%s", used ? " " : "",
                                     word);
    tf_set_text(facts, "command_line", kept);
}

static void add_kernel(json_t *facts, const char *root)
{
    char text[256];
    struct utsname name;
    if (tf_source_line(text, sizeof text, root, "/proc/sys/kernel/osrelease"))
        tf_set_text(facts, "kernel", text);
    else if (root == tf_this_machine && uname(&name) == 0)
        tf_set_text(facts, "kernel", name.release);
    if (tf_source_line(text, sizeof text, root, "/proc/sys/kernel/hostname"))
        tf_set_text(facts, "hostname", text);
    add_parameters(facts, root);
}

json_t *tf_machine_facts_of(const char *root)
{
    char id[13];
    json_t *facts = json_object();
    tf_machine_id_of(root, id);
    tf_set_text(facts, "id", id);
    tf_machine_add_cpu(facts, root);
    tf_machine_add_topology(facts, root);
    if (root == tf_this_machine)
        add_allowed(facts);
    add_kernel(facts, root);
    tf_machine_add_memory(facts, root);
    return facts;
}

json_t *tf_machine_facts(void)
{
    return tf_machine_facts_of(tf_this_machine);
}
