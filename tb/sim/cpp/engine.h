// SPDX-License-Identifier: Apache-2.0
//
// A verilated top with its context, its clock and its waveform.

#ifndef SALLYPORT_ENGINE_H_
#define SALLYPORT_ENGINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "coverage.h"
#include "messages.h"
#include "verilated.h"
#include "verilated_fst_c.h"

namespace sallyport {

// Verilator numbers random seeds by a global epoch: whoever draws random
// numbers, which is the constructor and the first evaluation, holds this.
inline std::mutex& seed_mutex() {
  static std::mutex mutex;
  return mutex;
}

template <class Top>
class Engine {
 public:
  // `name` is that of a model that counts, else null.
  Engine(const char* name, uint32_t seed) : points_(name) {
    const std::lock_guard<std::mutex> lock(seed_mutex());
    context_ = std::make_unique<VerilatedContext>();
    Verilated::threadContextp(context_.get());
    // Random values at power-on would change bits that nothing else does.
    context_->randReset(name ? 0 : 2);
    context_->randSeed(static_cast<int>(seed));
    context_->traceEverOn(true);
    points_.collect();
    top_ = std::make_unique<Top>(context_.get(), "");
    points_.collected();
    top_->clk_i = 0;
    top_->rst_ni = 1;
    top_->eval();
    points_.clear();
    // Only an edge of an asynchronous reset resets.
    top_->rst_ni = 0;
    top_->eval();
  }

  // What is destroyed looks for its context through the thread, where that of
  // another model may be, or may have been.
  ~Engine() {
    Verilated::threadContextp(context_.get());
    trace_close();
    points_.add();
  }

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Top& top() { return *top_; }

  // One clock; false if an assertion failed. `drive` sets the inputs and `sample` reads the outputs, which
  // have settled to these inputs, before the rising edge.
  //
  // In the waveform clock n begins at 10 n ns with clk_i high and its inputs.
  template <class Drive, class Sample>
  bool clock(Drive drive, Sample sample) {
    messages().failed = false;
    Verilated::threadContextp(context_.get());
    drive(*top_);
    if (trace_) {
      top_->eval();
      trace_->dump(context_->time());
    }
    top_->clk_i = 0;
    top_->eval();
    sample(*top_);
    context_->timeInc(5);
    if (trace_) trace_->dump(context_->time());
    top_->clk_i = 1;
    top_->eval();
    context_->timeInc(5);
    return !messages().failed;
  }

  void trace_open(const std::string& path) {
    trace_close();
    trace_ = std::make_unique<VerilatedFstC>();
    top_->trace(trace_.get(), 99);
    trace_->open(path.c_str());
  }

  void trace_close() {
    if (trace_) trace_->close();
    trace_.reset();
  }

 private:
  Points points_;
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Top> top_;
  std::unique_ptr<VerilatedFstC> trace_;
};

// Pins wider than 64 bits are arrays of 32-bit words, lowest first.
inline void drive_wide(CData& pin, const std::array<uint64_t, 2>& value) { pin = value[0]; }
inline void drive_wide(SData& pin, const std::array<uint64_t, 2>& value) { pin = value[0]; }
inline void drive_wide(IData& pin, const std::array<uint64_t, 2>& value) { pin = value[0]; }
inline void drive_wide(QData& pin, const std::array<uint64_t, 2>& value) { pin = value[0]; }
template <std::size_t Words, std::size_t Values>
void drive_wide(VlWide<Words>& pin, const std::array<uint64_t, Values>& value) {
  static_assert(Words <= 2 * Values, "the pin is wider than the value");
  for (std::size_t i = 0; i < Words; ++i) {
    pin[i] = static_cast<uint32_t>(value[i / 2] >> (32 * (i % 2)));
  }
}

inline void sample_wide(QData pin, std::array<uint64_t, 2>& value) { value = {pin, 0}; }
template <std::size_t Words, std::size_t Values>
void sample_wide(const VlWide<Words>& pin, std::array<uint64_t, Values>& value) {
  static_assert(Words <= 2 * Values, "the pin is wider than the value");
  value = {};
  for (std::size_t i = 0; i < Words; ++i) {
    value[i / 2] |= static_cast<uint64_t>(pin[i]) << (32 * (i % 2));
  }
}

}  // namespace sallyport

#endif
