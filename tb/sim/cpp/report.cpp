// SPDX-License-Identifier: Apache-2.0
#include "messages.h"
#include "models.h"

#include <cstdarg>
#include <cstdio>

#include "verilated.h"

namespace sallyport {

Messages& messages() {
  static thread_local Messages instance;
  return instance;
}

rust::String take_messages() {
  const rust::String text = rust::String::lossy(messages().text);
  messages().text.clear();
  return text;
}

}  // namespace sallyport

extern "C" void sallyport_printf(const char* format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  sallyport::messages().text += text;
}

// A failed assertion prints its message and then stops the simulation.
void vl_stop(const char* file, int line, const char* scope) VL_MT_UNSAFE {
  vl_fatal(file, line, scope, "stopped");
}

// Generated code goes on after a failure, so the clock is finished and the
// caller asked not to run another.
void vl_fatal(const char* file, int line, const char* scope, const char* message) VL_MT_UNSAFE {
  auto& messages = sallyport::messages();
  if (!messages.failed) {
    sallyport_printf("%s:%d: %s: %s\n", file, line, scope, message);
  }
  messages.failed = true;
}
