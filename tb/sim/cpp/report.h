// SPDX-License-Identifier: Apache-2.0
//
// Where messages of a model go: Verilator's runtime and the models print
// through sallyport_printf instead of printf.

#ifndef SALLYPORT_REPORT_H_
#define SALLYPORT_REPORT_H_

#ifdef __cplusplus
extern "C"
#endif
    void
    sallyport_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));

#endif
