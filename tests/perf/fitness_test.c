/* SPDX-License-Identifier: Apache-2.0 */
/* Facts, order and fitness of machines that a test makes up. */
#include "fitness.h"
#include "fitness_world.h"
#include "machine_source.h"
#include "noise_floor.h"
#include "placement_of.h"
#include "unfit_of.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *facts;

static void end(void)
{
    json_decref(facts);
    world_end();
}

TestSuite(machine, .init = world_begin, .fini = end);
TestSuite(placement, .init = world_begin, .fini = end);
TestSuite(unfit, .init = world_begin, .fini = end);

static json_t *at(const char *key)
{
    return json_object_get(facts, key);
}

static void expect_text(const char *key, const char *text)
{
    const char *got = json_string_value(at(key));
    cr_expect(got && strcmp(got, text) == 0, "%s is %s, not %s", key, got ? got : "absent",
              text);
}

static void expect_number(const char *key, json_int_t number)
{
    cr_expect(json_is_integer(at(key)) && json_integer_value(at(key)) == number,
              "%s is %lld, not %lld", key, (long long)json_integer_value(at(key)),
              (long long)number);
}

static bool has_feature(const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(at("features"), i,
                       one) if (!strcmp(json_string_value(one), name)) return true;
    return false;
}

/* ---- facts ------------------------------------------------------------------------------------ */

Test(machine, two_sockets_with_threads)
{
    world_xeon();
    facts = tf_machine_facts_of(world_root);
    expect_text("cpu", "Intel(R) Xeon(R) Platinum 8462Y+");
    expect_text("microcode", "0x2b000461");
    expect_number("model", 143);
    expect_number("sockets", 2);
    expect_number("cores", 64);
    expect_number("cpus", 128);
    cr_expect(json_is_true(at("smt")));
    cr_expect(json_is_false(at("turbo")));
    expect_text("governor", "powersave");
    expect_text("isolated", "8-31");
    expect_text("thp", "madvise");
    cr_expect(has_feature("movdir64b") && has_feature("cldemote") && !has_feature("waitpkg"));
    cr_expect_null(at("hypervisor"));
    cr_expect_null(at("offline"));
    expect_number("memory_bytes", INT64_C(3145728) * 1024);
    json_t *node = json_array_get(at("nodes"), 1);
    cr_expect_str_eq(json_string_value(json_object_get(node, "cpus")), "32-63,96-127");
    cr_expect_eq(json_integer_value(json_object_get(node, "memory_bytes")), INT64_C(2) << 30);
    json_t *cache = json_array_get(at("caches"), 1);
    cr_expect_eq(json_integer_value(json_object_get(cache, "size_bytes")), 60 << 20);
    cr_expect_eq(json_integer_value(json_object_get(cache, "shared_by")), 64);
    json_t *pool = json_object_get(at("huge_pages"), "2M");
    cr_expect_eq(json_integer_value(json_object_get(pool, "free")), 500);
    cr_expect_null(json_object_get(at("huge_pages"), "1G"));
}

Test(machine, tells_of_the_command_line_only_what_changes_numbers)
{
    world_xeon();
    facts = tf_machine_facts_of(world_root);
    expect_text("command_line", "isolcpus=8-31 processor.max_cstate=1");
}

Test(machine, cpus_of_two_kinds)
{
    world_hybrid();
    facts = tf_machine_facts_of(world_root);
    expect_number("cores", 8);
    expect_number("cpus", 12);
    cr_assert_eq(json_array_size(at("core_types")), 2);
    json_t *slow = json_array_get(at("core_types"), 1);
    cr_expect_str_eq(json_string_value(json_object_get(slow, "cpus")), "8-11");
    cr_expect_null(at("nodes"));
}

Test(machine, offline_cpus_do_not_count)
{
    world_hybrid();
    world_put("0-1,3,8", "/sys/devices/system/cpu/online");
    world_put("2,4-7,9-11", "/sys/devices/system/cpu/offline");
    facts = tf_machine_facts_of(world_root);
    expect_number("cpus", 4);
    expect_number("cores", 3);
    expect_text("offline", "2,4-7,9-11");
}

Test(machine, arm_has_numbers_for_names)
{
    world_arm();
    facts = tf_machine_facts_of(world_root);
    expect_text("cpu", "Arm Neoverse-V1");
    expect_number("cpus", 8);
    cr_expect(has_feature("uscat"));
    cr_expect_null(at("microcode"));
    cr_expect_null(at("caches"));
    cr_expect_null(at("hypervisor"));
}

Test(machine, nothing_there_is_nothing_said)
{
    facts = tf_machine_facts_of(world_root);
    cr_expect_eq(json_object_size(facts), 1);
    const char *id = json_string_value(at("id"));
    cr_assert(id);
    cr_expect_eq(strspn(id, "0123456789abcdef"), 12);
    cr_expect_eq(strlen(id), 12);
}

Test(machine, garbage_is_survived)
{
    world_xeon();
    world_put("\xff\xfe::::\n:\nprocessor", "/proc/cpuinfo");
    world_put("\xff\xfe", "/proc/sys/kernel/hostname");
    world_put("7-3,,x", "/sys/devices/system/cpu/online");
    world_put("[", "/sys/kernel/mm/transparent_hugepage/enabled");
    world_put("99999999999999999999", "/sys/devices/system/node/online");
    facts = tf_machine_facts_of(world_root);
    cr_expect_null(at("cpu"));
    cr_expect_null(at("hostname"));
    cr_expect_null(at("thp"));
}

Test(machine, id_names_the_machine_and_not_its_state)
{
    char id[13], other[13];
    world_xeon();
    tf_machine_id_of(world_root, id);
    world_put("6.9.0", "/proc/sys/kernel/osrelease");
    world_put("0-63", "/sys/devices/system/cpu/online");
    world_put("elsewhere", "/proc/sys/kernel/hostname");
    tf_machine_id_of(world_root, other);
    cr_expect_str_eq(id, other, "a new kernel, name or fewer CPUs online are the same machine");
    world_put("0-63", "/sys/devices/system/cpu/present");
    tf_machine_id_of(world_root, other);
    cr_expect_str_neq(id, other, "fewer CPUs");
    world_put("0-127", "/sys/devices/system/cpu/present");
    world_put("ffffffffffffffffffffffffffffffff", "/etc/machine-id");
    tf_machine_id_of(world_root, other);
    cr_expect_str_neq(id, other, "another installation");
}

Test(machine, this_one_has_facts)
{
    char id[13];
    facts = tf_machine_facts();
    tf_machine_id(id);
    expect_text("id", id);
    cr_expect_geq(json_integer_value(at("cpus_allowed")), 1);
    cr_expect(json_is_string(at("kernel")));
}

/* ---- lists ------------------------------------------------------------------------------------ */

Test(machine, lists_of_cpus)
{
    cpu_set_t set;
    char text[64], small[6];
    cr_assert(tf_list_parse("0-3,8,10-11", &set));
    cr_expect_eq(CPU_COUNT(&set), 7);
    cr_expect_str_eq(tf_list_format(&set, text, sizeof text), "0-3,8,10-11");
    cr_expect_eq(strlen(tf_list_format(&set, small, sizeof small)), 5);
    static const char *const bad[] = {"", "x", "-1", "1-", "1,,2", "1 2", "3-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(tf_list_parse(bad[i], &set), "'%s' is no list", bad[i]);
    cr_expect(tf_list_parse("1022-4000", &set));
    cr_expect_eq(CPU_COUNT(&set), 2);
}

/* ---- order and distance ----------------------------------------------------------------------- */

Test(placement, distances_of_two_sockets)
{
    world_xeon();
    cr_expect_eq(tf_cpu_distance_of(world_root, 5, 5), TF_SAME_CPU);
    cr_expect_eq(tf_cpu_distance_of(world_root, 5, 69), TF_SMT_SIBLING);
    cr_expect_eq(tf_cpu_distance_of(world_root, 5, 6), TF_SAME_L3);
    cr_expect_eq(tf_cpu_distance_of(world_root, 5, 40), TF_OTHER_NODE);
    cr_expect_eq(tf_cpu_node_of(world_root, 100), 1);
    world_put("5,69", "/sys/devices/system/cpu/cpu5/cache/index1/shared_cpu_list");
    cr_expect_eq(tf_cpu_distance_of(world_root, 5, 6), TF_SAME_NODE);
}

Test(placement, a_core_each_then_siblings)
{
    int cpus[128];
    cpu_set_t allowed;
    world_xeon();
    tf_list_parse("0-127", &allowed);
    cr_assert_eq(tf_cpus_order(world_root, &allowed, cpus, 128), 128);
    cr_expect_eq(cpus[0], 1, "CPU 0 takes the interrupts");
    bool used[64] = {false};
    for (int i = 0; i < 64; i++) {
        cr_expect_not(used[cpus[i] % 64], "core of CPU %d twice among the first 64", cpus[i]);
        used[cpus[i] % 64] = true;
        cr_expect_eq(tf_cpu_node_of(world_root, cpus[i]), i < 32 ? 0 : 1);
        cr_expect_neq(cpus[i], 0, "its core has another thread");
    }
}

Test(placement, only_what_is_allowed)
{
    int cpus[4] = {-1, -1, -1, -1};
    cpu_set_t allowed;
    world_xeon();
    tf_list_parse("0,40-41", &allowed);
    cr_assert_eq(tf_cpus_order(world_root, &allowed, cpus, 4), 3);
    int wanted[4] = {40, 41, 0, -1};
    world_put("0",
              "/sys/devices/system/node/online"); /* all one node: CPU 0 is the last of it */
    tf_cpus_order(world_root, &allowed, cpus, 4);
    cr_expect_arr_eq(cpus, wanted, sizeof wanted);
    cr_expect_eq(tf_cpus_order(world_root, &allowed, cpus, 2), 3, "there are more than fit");
}

Test(placement, fast_cores_before_slow_ones_before_siblings)
{
    int cpus[12], wanted[12] = {2, 1, 4, 6, 8, 9, 10, 11, 3, 5, 7, 0};
    cpu_set_t allowed;
    world_hybrid();
    tf_list_parse("0-11", &allowed);
    cr_assert_eq(tf_cpus_order(world_root, &allowed, cpus, 12), 12);
    /* CPU 1 stands for core 0; which of the fast comes first is no matter. */
    wanted[0] = 1;
    wanted[1] = 2;
    cr_expect_arr_eq(cpus, wanted, sizeof wanted);
}

Test(placement, slow_arm_cores_last)
{
    int cpus[8], wanted[8] = {4, 5, 6, 7, 1, 2, 3, 0};
    cpu_set_t allowed;
    world_arm();
    tf_list_parse("0-7", &allowed);
    cr_assert_eq(tf_cpus_order(world_root, &allowed, cpus, 8), 8);
    cr_expect_arr_eq(cpus, wanted, sizeof wanted);
}

/* ---- fit or not ------------------------------------------------------------------------------- */

static struct tf_clock_check good_clock = {.usable = true};
static struct tf_noise quiet[2] = {{.cpu = 1, .steal_share = 0},
                                   {.cpu = 2, .steal_share = NAN}};

static const char *reason(size_t i)
{
    const char *text = json_string_value(json_array_get(facts, i));
    return text ? text : "";
}

static void judge(const char *allowed, const struct tf_clock_check *clock, int wanted)
{
    cpu_set_t set;
    tf_list_parse(allowed, &set);
    json_decref(facts);
    facts = tf_machine_unfit_of(world_root, &set, clock, quiet, 2, wanted);
}

Test(unfit, a_good_machine_is_fit_but_for_its_governor)
{
    world_xeon();
    judge("0-63", &good_clock, 63);
    cr_expect_eq(json_array_size(facts), 1);
    cr_expect(strstr(reason(0), "note: frequency governor is \"powersave\""), "%s", reason(0));
    cr_expect_not(tf_machine_is_unfit(facts));
}

Test(unfit, each_reason_is_said)
{
    struct tf_clock_check bad_clock = {.usable = false, .why = "it jumps"};
    quiet[0].steal_share = 0.04;
    quiet[1].away_share = 0.2;
    quiet[1].cpu = 65; /* the other thread of CPU 1's core */
    judge("0-1", &bad_clock, 64);
    cr_assert_eq(json_array_size(facts), 4);
    cr_expect_str_eq(reason(0), "2 CPUs allowed, 64 wanted");
    cr_expect_str_eq(reason(1), "unstable clock: it jumps");
    cr_expect(strstr(reason(2), "4.0 % of the time of CPU 1"), "%s", reason(2));
    cr_expect(strstr(reason(3), "CPU 65 for 20.0 %"), "%s", reason(3));
    cr_expect(tf_machine_is_unfit(facts));
    world_xeon();
    judge("0-127", &good_clock, 2);
    cr_expect(strstr(reason(2), "CPUs 1 and 65 share one core"), "%s", reason(2));
}

Test(unfit, a_hypervisor_is_a_note)
{
    world_put("flags : fpu hypervisor", "/proc/cpuinfo");
    judge("0-3", &good_clock, 2);
    cr_expect_eq(json_array_size(facts), 1);
    cr_expect_not(tf_machine_is_unfit(facts));
    cr_expect(strstr(reason(0), "hypervisor"));
}

Test(unfit, stolen_time_is_found_by_cpu)
{
    struct tf_cpu_time time;
    world_put("cpu  10 0 0 0 0 0 0 9 0 0\ncpu1 1 2 3 4 5 6 7 8 9 9\ncpu11 1 0 0 0 0 0 0 3 0 0",
              "/proc/stat");
    cr_assert(tf_cpu_time_of(world_root, 11, &time));
    cr_expect_eq(time.stolen, 3);
    cr_expect_eq(time.all, 4);
    cr_assert(tf_cpu_time_of(world_root, 1, &time));
    cr_expect_eq(time.all, 36, "guests' time is in user's already");
    cr_expect_not(tf_cpu_time_of(world_root, 2, &time));
}
