// SPDX-License-Identifier: Apache-2.0
#ifndef SALLYPORT_MESSAGES_H_
#define SALLYPORT_MESSAGES_H_

#include <string>

namespace sallyport {

// What the model that this thread runs has to say.
struct Messages {
  std::string text;
  bool failed = false;
};

Messages& messages();

}  // namespace sallyport

#endif
