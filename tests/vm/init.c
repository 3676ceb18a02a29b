/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init - PID 1 of the throw-away guest that tests/vm/vm boots.
 *
 * It brings the machine up (file systems, loopback, CPUs, huge pages), runs /cmd with the shell
 * in /t, hands the command's output and exit status to the host, and ends the machine.
 *
 * The host listens on I/O ports rather than on a serial line or a virtio console.  A port needs
 * no module, no terminal settings and no interrupt, and a write to it returns only once the
 * host has the byte: nothing is lost when the machine goes away right after.
 *
 *   PORT_OUTPUT   what the command writes to its stdout and stderr
 *   PORT_STATUS   one line: "exit N" is the command's status, "fail REASON" says why the guest
 *                 is not what was asked for (then the command has not run)
 *   PORT_EXIT     any write ends QEMU
 *
 * Two words of the kernel's command line say what was asked for:
 *
 *   vm.cpus=N        the machine has N CPUs; those still offline are brought up
 *   vm.hugepages=N   every node reserves N huge pages of 2 MiB
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    PORT_OUTPUT = 0xe9,
    PORT_STATUS = 0xea,
    PORT_EXIT = 0xf4,
};

static void port_write(unsigned short port, const void *bytes, size_t len)
{
    __asm__ volatile("rep outsb" : "+S"(bytes), "+c"(len) : "d"(port) : "memory");
}

/* Tell the host one line about how it went, then end the machine. */
__attribute__((noreturn, format(printf, 1, 2))) static void finish(const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line) - 1, format, args);
    va_end(args);
    strcat(line, "\n");
    port_write(PORT_STATUS, line, strlen(line));

    outb(0, PORT_EXIT);
    for (;;) /* only where QEMU runs without its isa-debug-exit device */
        reboot(RB_POWER_OFF);
}

/* A small file as a string; false, with errno, when it cannot be read. */
static bool read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = read(fd, text, size - 1);
    close(fd);
    if (len < 0)
        return false;
    text[len] = '\0';
    return true;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = write(fd, text, strlen(text));
    close(fd);
    return len == (ssize_t)strlen(text);
}

static void mount_file_systems(void)
{
    static const struct {
        const char *type, *target, *options;
    } mounts[] = {
        {"proc", "/proc", NULL},
        {"sysfs", "/sys", NULL},
        {"devtmpfs", "/dev", NULL},
        {"devpts", "/dev/pts", NULL},
        {"tmpfs", "/dev/shm", "mode=1777"},
        {"hugetlbfs", "/dev/hugepages", "pagesize=2M"},
        {"tmpfs", "/run", "mode=755"},
        {"tmpfs", "/tmp", "mode=1777"},
    };

    for (size_t i = 0; i < COUNT(mounts); i++) {
        mkdir(mounts[i].target, 0755); /* it may be there already; mount() tells if not */
        if (mount(mounts[i].type, mounts[i].target, mounts[i].type, 0, mounts[i].options) != 0)
            finish("fail mount %s: %s", mounts[i].target, strerror(errno));
    }
}

static void bring_loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0)
        finish("fail loopback interface: %s", strerror(errno));
    close(fd);
}

/* The number in "NAME=number" on the kernel's command line; 0 when it is not there. */
static long kernel_argument(const char *name)
{
    char line[4096];
    size_t len = strlen(name);

    if (!read_file("/proc/cmdline", line, sizeof(line)))
        finish("fail /proc/cmdline: %s", strerror(errno));
    for (char *rest = line, *word; (word = strsep(&rest, " \n")) != NULL;) {
        if (strncmp(word, name, len) == 0 && word[len] == '=')
            return strtol(word + len + 1, NULL, 10);
    }
    return 0;
}

/* The kernel has started one CPU (maxcpus=1); start the others. */
static void bring_cpus_online(long cpus)
{
    for (long cpu = 0; cpu < cpus; cpu++) {
        char path[64], state[8];

        snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/online", cpu);
        if (!read_file(path, state, sizeof(state))) {
            if (cpu == 0 && errno == ENOENT)
                continue; /* the boot CPU may have no switch */
            finish("fail CPU %ld of %ld: %s", cpu, cpus, strerror(errno));
        }
        if (state[0] == '0' && !write_file(path, "1"))
            finish("fail CPU %ld of %ld does not start: %s", cpu, cpus, strerror(errno));
    }
}

static void reserve_huge_pages(long pages)
{
    for (int node = 0; pages > 0; node++) {
        char path[128], text[24];

        snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
        if (access(path, F_OK) != 0)
            return; /* QEMU numbers the nodes without gaps */
        strcat(path, "/hugepages/hugepages-2048kB/nr_hugepages");
        snprintf(text, sizeof(text), "%ld", pages);
        if (!write_file(path, text) || !read_file(path, text, sizeof(text)))
            finish("fail huge pages of node %d: %s", node, strerror(errno));
        long reserved = strtol(text, NULL, 10);
        if (reserved != pages)
            finish("fail node %d has room for %ld of %ld huge pages", node, reserved, pages);
    }
}

/* Start /cmd in a session of its own, with stdout and stderr into `output`. */
static pid_t start_command(int output, const sigset_t *signal_mask)
{
    static const struct {
        int resource;
        struct rlimit limit;
    } limits[] = {
        {RLIMIT_MEMLOCK, {RLIM_INFINITY, RLIM_INFINITY}},
        {RLIMIT_NOFILE, {1024, 1 << 20}},
    };
    static char *const argv[] = {"sh", "/cmd", NULL};
    static char *const envp[] = {"PATH=/t:/bin", "HOME=/tmp", "TERM=dumb", NULL};

    pid_t pid = fork();
    if (pid != 0)
        return pid;

    setsid();
    sigprocmask(SIG_SETMASK, signal_mask, NULL);
    for (size_t i = 0; i < COUNT(limits); i++)
        setrlimit(limits[i].resource, &limits[i].limit);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0 || chdir("/t") != 0)
        _exit(126);
    execve("/bin/sh", argv, envp);
    _exit(127);
}

/* Send what is in the pipe to the host; false at the end of the pipe. */
static bool forward_output(int pipe_end)
{
    static char bytes[65536];
    ssize_t len = read(pipe_end, bytes, sizeof(bytes));

    if (len > 0)
        port_write(PORT_OUTPUT, bytes, (size_t)len);
    return len > 0;
}

/*
 * Reap whoever has ended; the command's exit status, as shells put it, once it is among them.
 */
static int reap(pid_t command)
{
    int result = -1, status;

    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == command)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return result;
}

static int run_command(void)
{
    sigset_t children, mask_before;
    int output[2], exit_status = -1;

    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &mask_before);
    int signals = signalfd(-1, &children, SFD_CLOEXEC);
    if (signals < 0 || pipe2(output, O_CLOEXEC) != 0)
        finish("fail pipe: %s", strerror(errno));
    pid_t command = start_command(output[1], &mask_before);
    if (command < 0)
        finish("fail fork: %s", strerror(errno));
    close(output[1]);

    struct pollfd events[] = {
        {.fd = output[0], .events = POLLIN},
        {.fd = signals, .events = POLLIN},
    };
    while (exit_status < 0) {
        struct signalfd_siginfo info;

        if (poll(events, COUNT(events), -1) < 0)
            continue;
        if (events[0].revents != 0 && !forward_output(output[0]))
            events[0].fd = -1; /* everybody has closed it; the command may run on */
        if (events[1].revents != 0 && read(signals, &info, sizeof(info)) > 0)
            exit_status = reap(command);
    }

    /* What the command left running dies with it, so the pipe comes to an end. */
    kill(-1, SIGKILL);
    while (forward_output(output[0]))
        ;
    return exit_status;
}

int main(void)
{
    if (iopl(3) != 0) {
        perror("init: iopl"); /* no way to reach the host; the kernel panics when init ends */
        return 1;
    }
    if (access("/cmd", R_OK) != 0) /* it is the last file that the kernel unpacks */
        finish("fail its memory is too small for its files");
    mount_file_systems();
    bring_loopback_up();
    bring_cpus_online(kernel_argument("vm.cpus"));
    reserve_huge_pages(kernel_argument("vm.hugepages"));
    finish("exit %d", run_command());
}
