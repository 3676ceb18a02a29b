/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { GUARDS_MAX = 256 };

/* The handler reads these without a lock: a base is stored last and cleared first. */
static struct {
    _Atomic uintptr_t base;
    _Atomic size_t length;
} guards[GUARDS_MAX];
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        signal(SIGBUS,
               SIG_DFL); /* the access is repeated, and ends the process as it would have */
    }
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    uintptr_t address = (uintptr_t)info->si_addr;
    for (int i = 0; i < GUARDS_MAX; i++) {
        uintptr_t base = guards[i].base;
        if (base == 0 || address < base || address >= base + guards[i].length)
            continue;
        if (mmap((void *)base, guards[i].length, PROT_READ | PROT_WRITE,
                 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
            return;
    }
    pass_on(number, info, context);
}

static void install_once(void)
{
    static bool installed;
    if (installed)
        return;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    installed = sigaction(SIGBUS, &action, &before) == 0;
}

void tf_guard(const struct tf_segment *segment)
{
    if (!segment->base || segment->name.backing != TF_BACKING_FILE)
        return;
    pthread_mutex_lock(&adding);
    install_once();
    for (int i = 0; i < GUARDS_MAX; i++) {
        if (guards[i].base == 0) {
            guards[i].length = segment->length;
            guards[i].base = (uintptr_t)segment->base;
            break;
        }
    }
    pthread_mutex_unlock(&adding);
}

void tf_unguard(const struct tf_segment *segment)
{
    if (!segment->base)
        return;
    pthread_mutex_lock(&adding);
    for (int i = 0; i < GUARDS_MAX; i++)
        if (guards[i].base == (uintptr_t)segment->base)
            guards[i].base = 0;
    pthread_mutex_unlock(&adding);
}
