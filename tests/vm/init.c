// SPDX-License-Identifier: Apache-2.0
//
// init: PID 1 of the test guest that tests/vm/vm boots.
//
// It brings the machine up (file systems, loopback, CPUs, huge pages), runs
// /cmd with the shell in /t, hands the command's output and its exit status
// to the host, and switches the machine off.
//
// The host listens on I/O ports rather than on a serial line or a virtio
// console: a port needs no driver, no module, no terminal settings and no
// interrupt, and a write to it returns only once the host has the byte, so
// nothing can be lost when the machine goes away right after.
//
//   PORT_OUTPUT  whatever the command writes to its stdout and stderr
//   PORT_STATUS  one line: "exit N" from the command, or "fail REASON" when
//                the guest could not be made ready for it
//   PORT_EXIT    any write ends QEMU
//
// Two words of the kernel command line tell what the host asked for:
//
//   vm.cpus=N       the guest has N CPUs; those that are offline are brought up
//   vm.hugepages=N  every node reserves N huge pages of 2 MiB

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

enum {
    PORT_OUTPUT = 0xe9,
    PORT_STATUS = 0xea,
    PORT_EXIT = 0xf4,
};

static void port_write(unsigned short port, const void *buf, size_t len)
{
    __asm__ volatile("rep outsb" : "+S"(buf), "+c"(len) : "d"(port) : "memory");
}

// Ends the machine after telling the host one line about how it went.
__attribute__((noreturn, format(printf, 1, 2)))
static void finish(const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line) - 1, format, args);
    va_end(args);
    strcat(line, "\n");
    port_write(PORT_STATUS, line, strlen(line));

    outb(0, PORT_EXIT);
    for (;;) // not reached under QEMU with its isa-debug-exit device
        reboot(RB_POWER_OFF);
}

// Reads a small file into a string; returns false when that cannot be done.
static bool read_file(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, buf, size - 1);
    close(fd);
    if (n < 0)
        return false;
    buf[n] = '\0';
    return true;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

static void mount_all(void)
{
    static const struct {
        const char *type, *target, *options;
        mode_t mode;
    } mounts[] = {
        {"proc", "/proc", NULL, 0555},
        {"sysfs", "/sys", NULL, 0555},
        {"devtmpfs", "/dev", NULL, 0755},
        {"devpts", "/dev/pts", NULL, 0755},
        {"tmpfs", "/dev/shm", "mode=1777", 01777},
        {"hugetlbfs", "/dev/hugepages", "pagesize=2M", 0755},
        {"tmpfs", "/run", "mode=755", 0755},
        {"tmpfs", "/tmp", "mode=1777", 01777},
    };

    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        mkdir(mounts[i].target, mounts[i].mode); // may be there already
        if (mount(mounts[i].type, mounts[i].target, mounts[i].type, 0, mounts[i].options) != 0)
            finish("fail mount %s: %s", mounts[i].target, strerror(errno));
    }
}

// The value of "NAME=value" on the kernel command line, 0 when it is not there.
static long kernel_argument(const char *name)
{
    static char line[4096];
    size_t len = strlen(name);

    if (line[0] == '\0' && !read_file("/proc/cmdline", line, sizeof(line)))
        finish("fail read /proc/cmdline: %s", strerror(errno));
    for (const char *word = line; word != NULL; word = strchr(word, ' ')) {
        word += *word == ' ';
        if (strncmp(word, name, len) == 0 && word[len] == '=')
            return strtol(word + len + 1, NULL, 10);
    }
    return 0;
}

static void loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0)
        finish("fail loopback interface: %s", strerror(errno));
    close(fd);
}

// The kernel boots with one CPU (maxcpus=1); the others start here.
static void cpus_online(long cpus)
{
    for (long cpu = 0; cpu < cpus; cpu++) {
        char path[64], state[8];

        snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/online", cpu);
        if (!read_file(path, state, sizeof(state))) {
            if (cpu == 0 && errno == ENOENT)
                continue; // the boot CPU cannot be switched, so it has no such file
            finish("fail CPU %ld of %ld: %s", cpu, cpus, strerror(errno));
        }
        if (state[0] == '0' && !write_file(path, "1"))
            finish("fail CPU %ld of %ld does not come online: %s", cpu, cpus, strerror(errno));
    }
}

static void reserve_huge_pages(long pages)
{
    for (int node = 0; pages > 0; node++) {
        char path[128], text[24];

        snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
        if (access(path, F_OK) != 0)
            return; // QEMU numbers the nodes without gaps
        strcat(path, "/hugepages/hugepages-2048kB/nr_hugepages");
        snprintf(text, sizeof(text), "%ld", pages);
        if (!write_file(path, text) || !read_file(path, text, sizeof(text)))
            finish("fail huge pages of node %d: %s", node, strerror(errno));
        long got = strtol(text, NULL, 10);
        if (got != pages)
            finish("fail node %d has memory for %ld of %ld huge pages", node, got, pages);
    }
}

// Starts /cmd in a session of its own, with its stdout and stderr in the pipe.
static pid_t start_command(int pipe_in, const sigset_t *signals)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    sigprocmask(SIG_SETMASK, signals, NULL);
    setsid();
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (dup2(null, STDIN_FILENO) < 0 || dup2(pipe_in, STDOUT_FILENO) < 0 ||
        dup2(pipe_in, STDERR_FILENO) < 0 || chdir("/t") != 0)
        _exit(126);
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_MEMLOCK, &unlimited);
    char *const argv[] = {"sh", "/cmd", NULL};
    char *const envp[] = {"PATH=/t:/bin", "HOME=/tmp", "TERM=dumb", NULL};
    execve("/bin/sh", argv, envp);
    _exit(127);
}

// Sends what is in the pipe to the host; returns false at its end.
static bool forward(int pipe_out)
{
    char buf[65536];
    ssize_t n = read(pipe_out, buf, sizeof(buf));

    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    port_write(PORT_OUTPUT, buf, (size_t)n);
    return true;
}

// Runs the command to its end and returns its exit status the way a shell
// would tell it. Orphans are reaped on the way, and whatever the command left
// behind dies with it, so the end of the pipe is the end of all output.
static int run_command(void)
{
    sigset_t child, before;
    int ends[2];

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0 || pipe2(ends, O_CLOEXEC) != 0)
        finish("fail pipe: %s", strerror(errno));
    pid_t command = start_command(ends[1], &before);
    if (command < 0)
        finish("fail fork: %s", strerror(errno));
    close(ends[1]);

    struct pollfd fds[] = {{.fd = ends[0], .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents != 0 && !forward(ends[0]))
            fds[0].fd = -1; // the command has closed its output and runs on
        if (fds[1].revents == 0)
            continue;

        struct signalfd_siginfo info;
        while (read(signals, &info, sizeof(info)) > 0)
            ;
        int status;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
            if (pid != command)
                continue;
            kill(-1, SIGKILL);
            while (fds[0].fd >= 0 && forward(ends[0]))
                ;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
    }
}

int main(void)
{
    if (iopl(3) != 0) {
        perror("init: iopl");
        return 1;
    }
    mount_all();
    loopback_up();
    cpus_online(kernel_argument("vm.cpus"));
    reserve_huge_pages(kernel_argument("vm.hugepages"));
    finish("exit %d", run_command());
}
