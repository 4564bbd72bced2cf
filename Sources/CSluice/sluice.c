// The layout and the inline system calls live in the headers; a C target needs one source file.
#include "sluice_layout.h"
#include "sluice_system.h"
#include "sluice_socket.h"
