// SPDX-License-Identifier: Apache-2.0
//
// The counters of models that SALLYPORT_MODEL_COVERAGE names: which lines ran,
// which bits changed. Those of all models of a kind are added up when
// models are destroyed, and written when the process ends, into a file
// `MODEL-PROCESS.points` of the folder that SALLYPORT_COVERAGE names. Each line is
// a point: count, page, file, line, column, comment and lines, with tabs between.

#ifndef SALLYPORT_COVERAGE_H_
#define SALLYPORT_COVERAGE_H_

#include <cstdint>
#include <vector>

namespace sallyport {

// The points of one instance of a model.
class Points {
 public:
  // `name` is that of the model's class; null for one that does not count.
  explicit Points(const char* name) : name_(name) {}

  // Between these two the model is made, on this thread.
  void collect();
  void collected();

  // Forgets which bits changed: that one is 1 from the beginning is no change.
  void clear();

  // Adds what was counted to the sums. The model must still be there.
  void add();

 private:
  const char* name_;
  std::vector<const uint32_t*> counts_;
  std::vector<uint32_t*> toggles_;
};

}  // namespace sallyport

#endif
