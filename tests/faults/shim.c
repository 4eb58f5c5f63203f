/* Watches, journals and breaks the system calls that a process makes on files below one folder.
 *
 * Preloaded (LD_PRELOAD) it passes everything through until `faults_arm` is called. Then each call on a watched
 * file is counted; the one asked for fails, writes half, or kills the process; and each call that succeeds is
 * appended to a journal, with its data, from which `journal.py` rebuilds what a power cut could leave.
 *
 * One lock is held around each call and its record, so that the journal has the order of the calls.
 * Calls made inside the C library (fopen and its kin) and writes through mmap are not seen: the driver
 * compares the replayed journal with the real folder, byte for byte, so none can go unnoticed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 4096
#define KILL (-1)
#define SHORT (-2)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX], part[256], kinds[32];
static size_t root_length;
static int armed, journal = -1, fault, forever;
static long at, calls;
static char watched[MOST_FILES]; /* 1: journaled; 2: counted too */

struct __attribute__((packed)) record {
    char kind;
    int32_t file;
    uint32_t path_length, other_length;
    uint64_t number, data_length;
};

/* The next definition of the function: the C library's. */
#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static ssize_t plain_write(int file, const void *data, size_t length) {
    REAL(write);
    return real(file, data, length);
}

static void put(const void *data, size_t length) {
    for (const char *next = data; length;) {
        ssize_t done = plain_write(journal, next, length);
        if (done <= 0) _exit(99);
        next += done;
        length -= done;
    }
}

/* Appends one record. The caller holds the lock; errno stays as it is. */
static void note(char kind, int file, const char *path, const char *other, uint64_t number,
                 const void *data, size_t length) {
    int before = errno;
    if (journal >= 0) {
        struct record head = {kind, file, path ? strlen(path) : 0, other ? strlen(other) : 0, number, length};
        put(&head, sizeof head);
        put(path, head.path_length);
        put(other, head.other_length);
        put(data, length);
    }
    errno = before;
}

/* Begins to watch. `which` are the kinds of calls counted, on names that begin with `where`; `number` is the one to
 * break (0: none), `how` an errno, KILL or SHORT; with `always`, the later ones break too. */
void faults_arm(const char *folder, const char *where, const char *log, const char *which, long number, int how,
                int always) {
    snprintf(root, sizeof root, "%s", folder);
    snprintf(part, sizeof part, "%s", where);
    snprintf(kinds, sizeof kinds, "%s", which);
    root_length = strlen(root);
    at = number, fault = how, forever = always, calls = 0;
    journal = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    armed = 1;
}

/* How many calls of those kinds there have been. */
long faults_counted(void) { return calls; }

/* Notes that the caller has said something to its user, at this point of the journal. */
void faults_say(const char *text) {
    pthread_mutex_lock(&lock);
    note('a', -1, NULL, NULL, 0, text, strlen(text));
    pthread_mutex_unlock(&lock);
}

/* Counts a call that is about to be made; the errno to fail with, SHORT, or 0. The caller holds the lock. */
static int broken(char kind, int counted) {
    if (!counted || !strchr(kinds, kind)) return 0;
    calls++;
    if (!at || calls < at || (calls > at && !forever)) return 0;
    note('f', -1, NULL, NULL, calls, &kind, 1);
    if (fault == KILL) {
        kill(getpid(), SIGKILL);
        pause();
    }
    return fault;
}

/* The path below the watched folder ("" is the folder itself), or NULL where it lies elsewhere. */
static const char *below(int folder, const char *path, char *space) {
    int before = errno;
    char base[PATH_MAX] = "", link[64];
    if (!armed || !path) return NULL;
    if (path[0] != '/') {
        if (folder == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) base[0] = 0;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t length = readlink(link, base, sizeof base - 1);
            base[length > 0 ? length : 0] = 0;
        }
    }
    int length = snprintf(space, PATH_MAX, "%s%s%s", base, base[0] ? "/" : "", path);
    errno = before;
    while (length > 1 && space[length - 1] == '/') space[--length] = 0;
    if (strncmp(space, root, root_length)) return NULL;
    if (space[root_length] == 0) return "";
    return space[root_length] == '/' ? space + root_length + 1 : NULL;
}

static int is_counted(const char *own) { return own && !strncmp(own, part, strlen(part)); }

static int is_watched(int file) { return armed && file >= 0 && file < MOST_FILES && watched[file]; }

#define FAIL(number) \
    do { \
        pthread_mutex_unlock(&lock); \
        errno = number; \
        return -1; \
    } while (0)

/* A call that is counted, made, and noted when it succeeds. */
#define CALL(kind, counted, make, noted) \
    pthread_mutex_lock(&lock); \
    int wrong = broken(kind, counted); \
    if (wrong > 0) FAIL(wrong); \
    __typeof__(make) result = make; \
    if (result >= 0) noted; \
    pthread_mutex_unlock(&lock); \
    return result

/* Opening a file that is there ("o"), or one that may have to be made ("c"); the flags are noted. */
#define OPEN(name, parameters, folder, arguments) \
    int name parameters { \
        char space[PATH_MAX]; \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { \
            va_list more; \
            va_start(more, flags); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
        } \
        REAL(name); \
        const char *own = below(folder, path, space); \
        if (!own) { \
            int file = real arguments; \
            if (file >= 0 && file < MOST_FILES) watched[file] = 0; \
            return file; \
        } \
        CALL(flags & O_CREAT ? 'c' : 'o', is_counted(own), real arguments, { \
            if (result < MOST_FILES) watched[result] = 1 + is_counted(own); \
            note('o', result, own, NULL, flags, NULL, 0); \
        }); \
    }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPEN(openat, (int folder, const char *path, int flags, ...), folder, (folder, path, flags, mode))
OPEN(openat64, (int folder, const char *path, int flags, ...), folder, (folder, path, flags, mode))

int close(int file) {
    REAL(close);
    if (!is_watched(file)) return real(file);
    pthread_mutex_lock(&lock);
    int wrong = broken('x', watched[file] == 2), result = real(file);
    watched[file] = 0;
    note('x', file, NULL, NULL, 0, NULL, 0);
    if (wrong > 0) FAIL(wrong);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Where the next write goes. */
static off_t place(int file) {
    struct stat found;
    if (fcntl(file, F_GETFL) & O_APPEND) return fstat(file, &found) ? 0 : found.st_size;
    return lseek(file, 0, SEEK_CUR);
}

#define WRITE(name, parameters, where, arguments) \
    ssize_t name parameters { \
        REAL(name); \
        if (!is_watched(file)) return real arguments; \
        pthread_mutex_lock(&lock); \
        int wrong = broken('w', watched[file] == 2); \
        if (wrong > 0) FAIL(wrong); \
        if (wrong == SHORT && length > 1) length /= 2; \
        off_t begin = where; \
        ssize_t result = real arguments; \
        if (result > 0) note('w', file, NULL, NULL, begin, data, result); \
        pthread_mutex_unlock(&lock); \
        return result; \
    }
WRITE(write, (int file, const void *data, size_t length), place(file), (file, data, length))
WRITE(pwrite, (int file, const void *data, size_t length, off_t offset), offset, (file, data, length, offset))
WRITE(pwrite64, (int file, const void *data, size_t length, off64_t offset), offset, (file, data, length, offset))

/* Several pieces are written one after the other: a writer has to expect that anyway. */
ssize_t writev(int file, const struct iovec *pieces, int count) {
    REAL(writev);
    if (!is_watched(file)) return real(file, pieces, count);
    return count ? write(file, pieces[0].iov_base, pieces[0].iov_len) : 0;
}

/* Copying inside the kernel is refused, so that callers fall back on writes. */
ssize_t sendfile64(int to, int from, off64_t *offset, size_t length);
ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) {
    REAL(sendfile64);
    if (!is_watched(to)) return real(to, from, offset, length);
    errno = EINVAL;
    return -1;
}
ssize_t copy_file_range(int from, off64_t *begin, int to, off64_t *offset, size_t length, unsigned flags) {
    REAL(copy_file_range);
    if (!is_watched(to)) return real(from, begin, to, offset, length, flags);
    errno = EXDEV;
    return -1;
}

/* Reads are counted and can fail; the journal needs none of them. */
ssize_t read(int file, void *data, size_t length) {
    REAL(read);
    if (!is_watched(file)) return real(file, data, length);
    CALL('g', watched[file] == 2, real(file, data, length), {});
}
ssize_t pread64(int file, void *data, size_t length, off64_t offset) {
    REAL(pread64);
    if (!is_watched(file)) return real(file, data, length, offset);
    CALL('g', watched[file] == 2, real(file, data, length, offset), {});
}

#define ON_FILE(name, kind, parameters, arguments, number) \
    int name parameters { \
        REAL(name); \
        if (!is_watched(file)) return real arguments; \
        CALL(kind, watched[file] == 2, real arguments, note(kind, file, NULL, NULL, number, NULL, 0)); \
    }
ON_FILE(fsync, 's', (int file), (file), 0)
ON_FILE(fdatasync, 's', (int file), (file), 0)
ON_FILE(ftruncate, 't', (int file, off_t size), (file, size), size)
ON_FILE(ftruncate64, 't', (int file, off64_t size), (file, size), size)

#define ON_NAME(name, kind, parameters, folder, arguments) \
    int name parameters { \
        char space[PATH_MAX]; \
        REAL(name); \
        const char *own = below(folder, path, space); \
        if (!own) return real arguments; \
        CALL(kind, is_counted(own), real arguments, note(kind, -1, own, NULL, 0, NULL, 0)); \
    }
ON_NAME(unlink, 'u', (const char *path), AT_FDCWD, (path))
ON_NAME(unlinkat, 'u', (int folder, const char *path, int flags), folder, (folder, path, flags))
ON_NAME(rmdir, 'u', (const char *path), AT_FDCWD, (path))
ON_NAME(mkdir, 'm', (const char *path, mode_t mode), AT_FDCWD, (path, mode))
ON_NAME(mkdirat, 'm', (int folder, const char *path, mode_t mode), folder, (folder, path, mode))

/* Moving across the watched folder's edge is noted with an empty name on the far side; the driver refuses it. */
#define ON_NAMES(name, kind, parameters, folder, other_folder, arguments) \
    int name parameters { \
        char space[PATH_MAX], space_for_other[PATH_MAX]; \
        REAL(name); \
        const char *own = below(folder, path, space), *new = below(other_folder, other, space_for_other); \
        if (!own && !new) return real arguments; \
        CALL(kind, is_counted(own) || is_counted(new), real arguments, note(kind, -1, own, new, 0, NULL, 0)); \
    }
ON_NAMES(rename, 'r', (const char *path, const char *other), AT_FDCWD, AT_FDCWD, (path, other))
ON_NAMES(renameat, 'r', (int folder, const char *path, int other_folder, const char *other), folder, other_folder,
         (folder, path, other_folder, other))
ON_NAMES(link, 'l', (const char *path, const char *other), AT_FDCWD, AT_FDCWD, (path, other))
ON_NAMES(linkat, 'l', (int folder, const char *path, int other_folder, const char *other, int flags), folder,
         other_folder, (folder, path, other_folder, other, flags))
