// SPDX-License-Identifier: Apache-2.0
//
// The tops behind the bridge. The templates are instantiated by a list of
// the models that were built, which build/main.rs writes.

#ifndef SALLYPORT_MODELS_H_
#define SALLYPORT_MODELS_H_

#include <cstdint>
#include <memory>

#include "rust/cxx.h"

namespace sallyport {

struct AxiInputs;
struct AxiOutputs;
struct CoreInputs;
struct CoreOutputs;
struct PcieInputs;
struct PcieOutputs;

class AxiModel {
 public:
  virtual ~AxiModel() = default;
  virtual bool clock(const AxiInputs& inputs, AxiOutputs& outputs) = 0;
  virtual void trace_open(rust::Str path) = 0;
  virtual void trace_close() = 0;
};

class CoreModel {
 public:
  virtual ~CoreModel() = default;
  virtual bool clock(const CoreInputs& inputs, CoreOutputs& outputs) = 0;
  virtual void trace_open(rust::Str path) = 0;
  virtual void trace_close() = 0;
};

class PcieModel {
 public:
  virtual ~PcieModel() = default;
  virtual bool clock(const PcieInputs& inputs, PcieOutputs& outputs) = 0;
  virtual void trace_open(rust::Str path) = 0;
  virtual void trace_close() = 0;
};

std::unique_ptr<AxiModel> new_axi(uint32_t build, uint32_t seed);
std::unique_ptr<CoreModel> new_core(uint32_t build, uint32_t seed);
std::unique_ptr<PcieModel> new_pcie(uint32_t build, uint32_t seed);
rust::String take_messages();

}  // namespace sallyport

#endif
