// What Daybook asks of Linux for its heap, asked for DuckDB's: memory in huge pages, and freed memory kept instead of given back
// and taken anew. The allocator that comes with DuckDB has no setting for the first on this build, so its maps are seen here.

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *duckdb_je_malloc_conf_2_conf_harder = "dirty_decay_ms:-1,muzzy_decay_ms:-1";

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset) {
	void *p = (void *)syscall(SYS_mmap, addr, length, prot, flags, fd, offset);
	if (p != MAP_FAILED && (flags & MAP_ANONYMOUS) && (prot & PROT_WRITE) && length >= (2 << 20))
		madvise(p, length, MADV_HUGEPAGE);
	return p;
}
