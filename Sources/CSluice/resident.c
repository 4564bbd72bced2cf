#define _GNU_SOURCE
#include "sluice_resident.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

// Relocations in code: its pages are then this process's own, and what was written to them would be lost.
static bool has_relocated_code(const struct dl_phdr_info *object, const ElfW(Phdr) * header) {
    const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + header->p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_TEXTREL) return true;
        if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return true;
    }
    return false;
}

static int unmap_object(struct dl_phdr_info *object, size_t size, void *total) {
    (void)size;
    // Not the kernel's own, which has a name but no path; the program's is empty.
    if (object->dlpi_name[0] && !strchr(object->dlpi_name, '/')) return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type == PT_DYNAMIC && has_relocated_code(object, header)) return 0;
    }
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W) || !(header->p_flags & PF_R)) continue;
        // Whole pages only: nothing of a neighbour that is written to.
        const uintptr_t first = (object->dlpi_addr + header->p_vaddr + page - 1) & ~(page - 1);
        const uintptr_t end = (object->dlpi_addr + header->p_vaddr + header->p_filesz) & ~(page - 1);
        if (end > first && madvise((void *)first, end - first, MADV_DONTNEED) == 0) *(size_t *)total += end - first;
    }
    return 0;
}

size_t sluice_unmap_code(void) {
    size_t total = 0;
    dl_iterate_phdr(unmap_object, &total);
    return total;
}
