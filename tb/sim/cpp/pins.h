// SPDX-License-Identifier: Apache-2.0
//
// From the structs of the bridge to the pins of the tops and back.

#ifndef SALLYPORT_PINS_H_
#define SALLYPORT_PINS_H_

#include "engine.h"
#include "models.h"
#include "sallyport-sim/src/bridge.rs.h"

// The ports of the tops differ in their prefix only.

#define SALLYPORT_DRIVE_AX(top, port, ch, pins) \
  do {                                          \
    top.port##_##ch##valid_i = pins.valid;      \
    top.port##_##ch##id_i = pins.id;            \
    top.port##_##ch##addr_i = pins.addr;        \
    top.port##_##ch##len_i = pins.len;          \
    top.port##_##ch##size_i = pins.size;        \
    top.port##_##ch##burst_i = pins.burst;      \
    top.port##_##ch##lock_i = pins.lock;        \
    top.port##_##ch##cache_i = pins.cache;      \
    top.port##_##ch##prot_i = pins.prot;        \
    top.port##_##ch##qos_i = pins.qos;          \
  } while (false)

#define SALLYPORT_SAMPLE_AX(top, port, ch, pins) \
  do {                                           \
    pins.valid = top.port##_##ch##valid_o;       \
    pins.id = top.port##_##ch##id_o;             \
    pins.addr = top.port##_##ch##addr_o;         \
    pins.len = top.port##_##ch##len_o;           \
    pins.size = top.port##_##ch##size_o;         \
    pins.burst = top.port##_##ch##burst_o;       \
    pins.lock = top.port##_##ch##lock_o;         \
    pins.cache = top.port##_##ch##cache_o;       \
    pins.prot = top.port##_##ch##prot_o;         \
    pins.qos = top.port##_##ch##qos_o;           \
  } while (false)

#define SALLYPORT_DRIVE_MANAGER(top, port, pins)       \
  do {                                                 \
    SALLYPORT_DRIVE_AX(top, port, aw, pins.aw);        \
    SALLYPORT_DRIVE_AX(top, port, ar, pins.ar);        \
    top.port##_wvalid_i = pins.w.valid;                \
    ::sallyport::drive_wide(top.port##_wdata_i, pins.w.data); \
    top.port##_wstrb_i = pins.w.strb;                  \
    top.port##_wlast_i = pins.w.last;                  \
    top.port##_bready_i = pins.b_ready;                \
    top.port##_rready_i = pins.r_ready;                \
  } while (false)

#define SALLYPORT_SAMPLE_MANAGER(top, port, pins)       \
  do {                                                  \
    SALLYPORT_SAMPLE_AX(top, port, aw, pins.aw);        \
    SALLYPORT_SAMPLE_AX(top, port, ar, pins.ar);        \
    pins.w.valid = top.port##_wvalid_o;                 \
    ::sallyport::sample_wide(top.port##_wdata_o, pins.w.data); \
    pins.w.strb = top.port##_wstrb_o;                   \
    pins.w.last = top.port##_wlast_o;                   \
    pins.b_ready = top.port##_bready_o;                 \
    pins.r_ready = top.port##_rready_o;                 \
  } while (false)

#define SALLYPORT_DRIVE_SUBORDINATE(top, port, pins)   \
  do {                                                 \
    top.port##_awready_i = pins.aw_ready;              \
    top.port##_wready_i = pins.w_ready;                \
    top.port##_arready_i = pins.ar_ready;              \
    top.port##_bvalid_i = pins.b.valid;                \
    top.port##_bid_i = pins.b.id;                      \
    top.port##_bresp_i = pins.b.resp;                  \
    top.port##_rvalid_i = pins.r.valid;                \
    top.port##_rid_i = pins.r.id;                      \
    ::sallyport::drive_wide(top.port##_rdata_i, pins.r.data); \
    top.port##_rresp_i = pins.r.resp;                  \
    top.port##_rlast_i = pins.r.last;                  \
  } while (false)

#define SALLYPORT_SAMPLE_SUBORDINATE(top, port, pins)   \
  do {                                                  \
    pins.aw_ready = top.port##_awready_o;               \
    pins.w_ready = top.port##_wready_o;                 \
    pins.ar_ready = top.port##_arready_o;               \
    pins.b.valid = top.port##_bvalid_o;                 \
    pins.b.id = top.port##_bid_o;                       \
    pins.b.resp = top.port##_bresp_o;                   \
    pins.r.valid = top.port##_rvalid_o;                 \
    pins.r.id = top.port##_rid_o;                       \
    ::sallyport::sample_wide(top.port##_rdata_o, pins.r.data); \
    pins.r.resp = top.port##_rresp_o;                   \
    pins.r.last = top.port##_rlast_o;                   \
  } while (false)

namespace sallyport {

template <class Top>
void drive_registers(Top& top, const LiteManagerPins& pins) {
  top.s_axil_awvalid_i = pins.aw_valid;
  top.s_axil_awaddr_i = pins.aw_addr;
  top.s_axil_awprot_i = 0;
  top.s_axil_wvalid_i = pins.w_valid;
  top.s_axil_wdata_i = pins.w_data;
  top.s_axil_wstrb_i = pins.w_strb;
  top.s_axil_bready_i = pins.b_ready;
  top.s_axil_arvalid_i = pins.ar_valid;
  top.s_axil_araddr_i = pins.ar_addr;
  top.s_axil_arprot_i = 0;
  top.s_axil_rready_i = pins.r_ready;
}

template <class Top>
void sample_registers(const Top& top, LiteSubordinatePins& pins) {
  pins.aw_ready = top.s_axil_awready_o;
  pins.w_ready = top.s_axil_wready_o;
  pins.b_valid = top.s_axil_bvalid_o;
  pins.b_resp = top.s_axil_bresp_o;
  pins.ar_ready = top.s_axil_arready_o;
  pins.r_valid = top.s_axil_rvalid_o;
  pins.r_data = top.s_axil_rdata_o;
  pins.r_resp = top.s_axil_rresp_o;
}

template <class Top>
void sample_trace(const Top& top, TracePins& trace) {
  trace.accept = top.trace_accept_o;
  trace.accept_tag = top.trace_accept_tag_o;
  trace.lookup = top.trace_lookup_o;
  trace.lookup_tag = top.trace_lookup_tag_o;
  trace.lookup_device = top.trace_lookup_device_o;
  trace.lookup_hit = top.trace_lookup_hit_o;
  trace.start = top.trace_start_o;
  trace.start_row = top.trace_start_row_o;
  trace.start_tag = top.trace_start_tag_o;
  trace.merge = top.trace_merge_o;
  trace.merge_row = top.trace_merge_row_o;
  trace.merge_tag = top.trace_merge_tag_o;
  trace.finish = top.trace_finish_o;
  trace.finish_row = top.trace_finish_row_o;
  trace.finish_fault = top.trace_finish_fault_o;
  trace.answer = top.trace_answer_o;
  trace.answer_tag = top.trace_answer_tag_o;
  trace.answer_fault = top.trace_answer_fault_o;
  trace.inval = top.trace_inval_o;
}

template <class Top>
void drive_request(Top& top, const RequestPins& request) {
  top.req_valid_i = request.valid;
  top.req_ttype_i = request.ttype;
  top.req_access_i = request.access;
  top.req_priv_i = request.privileged;
  top.req_pv_i = request.pv;
  top.req_process_id_i = request.process_id;
  top.req_device_id_i = request.device_id;
  top.req_no_write_i = request.no_write;
  top.req_iova_i = request.iova;
}

template <class Top>
void sample_answer(const Top& top, AnswerPins& answer) {
  answer.valid = top.answer_valid_o;
  answer.tag = top.answer_tag_o;
  answer.fault = top.answer_fault_o;
  answer.pa = top.answer_pa_o;
  answer.pbmt = top.answer_pbmt_o;
  answer.status = top.answer_status_o;
  answer.msi = top.answer_msi_o;
  answer.mrif = top.answer_mrif_o;
  answer.nid = top.answer_nid_o;
  answer.notice_ppn = top.answer_notice_ppn_o;
  answer.r = top.answer_r_o;
  answer.w = top.answer_w_o;
  answer.x = top.answer_x_o;
  answer.global = top.answer_global_o;
  answer.privileged = top.answer_priv_o;
  answer.untranslated = top.answer_untranslated_o;
  answer.size = top.answer_size_o;
}

template <class Top>
class AxiModelOf final : public AxiModel {
 public:
  AxiModelOf(const char* name, uint32_t seed) : engine_(name, seed) {}

  bool clock(const AxiInputs& inputs, AxiOutputs& outputs) override {
    return engine_.clock(
        [&](Top& top) {
          top.rst_ni = inputs.reset_n;
          SALLYPORT_DRIVE_MANAGER(top, s_axi, inputs.device);
          top.s_axi_awuser_i = inputs.device.aw.user;
          top.s_axi_aruser_i = inputs.device.ar.user;
          SALLYPORT_DRIVE_SUBORDINATE(top, m_axi, inputs.out);
          SALLYPORT_DRIVE_SUBORDINATE(top, mem_axi, inputs.memory);
          top.mem_axi_ruser_i = inputs.memory.r.poison;
          drive_registers(top, inputs.registers);
        },
        [&](const Top& top) {
          SALLYPORT_SAMPLE_SUBORDINATE(top, s_axi, outputs.device);
          SALLYPORT_SAMPLE_MANAGER(top, m_axi, outputs.out);
          outputs.out.aw.user = top.m_axi_awuser_o;
          outputs.out.ar.user = top.m_axi_aruser_o;
          SALLYPORT_SAMPLE_MANAGER(top, mem_axi, outputs.memory);
          outputs.memory.aw.user = top.mem_axi_awuser_o;
          outputs.memory.ar.user = top.mem_axi_aruser_o;
          sample_registers(top, outputs.registers);
          outputs.irq = top.irq_o;
          sample_trace(top, outputs.trace);
        });
  }

  void trace_open(rust::Str path) override { engine_.trace_open(std::string(path)); }
  void trace_close() override { engine_.trace_close(); }

 private:
  Engine<Top> engine_;
};

template <class Top>
class CoreModelOf final : public CoreModel {
 public:
  CoreModelOf(const char* name, uint32_t seed) : engine_(name, seed) {}

  bool clock(const CoreInputs& inputs, CoreOutputs& outputs) override {
    return engine_.clock(
        [&](Top& top) {
          top.rst_ni = inputs.reset_n;
          drive_request(top, inputs.request);
          top.free_valid_i = inputs.free;
          top.free_tag_i = inputs.free_tag;
          top.reads_busy_i = inputs.reads_busy;
          top.writes_busy_i = inputs.writes_busy;
          top.page_valid_i = inputs.page.valid;
          top.page_device_id_i = inputs.page.device_id;
          top.page_pv_i = inputs.page.pv;
          top.page_process_id_i = inputs.page.process_id;
          top.page_priv_i = inputs.page.privileged;
          top.page_exec_i = inputs.page.exec;
          top.page_payload_i = inputs.page.payload;
          top.response_ready_i = inputs.response_ready;
          top.inval_ready_i = inputs.invalidation_ready;
          top.completion_valid_i = inputs.completion.valid;
          top.completion_device_id_i = inputs.completion.device_id;
          top.completion_itags_i = inputs.completion.itags;
          top.completion_count_i = inputs.completion.count;
          SALLYPORT_DRIVE_SUBORDINATE(top, mem_axi, inputs.memory);
          top.mem_axi_ruser_i = inputs.memory.r.poison;
          drive_registers(top, inputs.registers);
        },
        [&](const Top& top) {
          outputs.request_ready = top.req_ready_o;
          outputs.request_tag = top.req_tag_o;
          outputs.request_colour = top.req_colour_o;
          sample_answer(top, outputs.answer);
          outputs.answer.rcid = top.answer_rcid_o;
          outputs.answer.mcid = top.answer_mcid_o;
          outputs.page_ready = top.page_ready_o;
          outputs.response.valid = top.response_valid_o;
          outputs.response.device_id = top.response_device_id_o;
          outputs.response.segment_valid = top.response_segment_valid_o;
          outputs.response.pv = top.response_pv_o;
          outputs.response.process_id = top.response_process_id_o;
          outputs.response.prgi = top.response_prgi_o;
          outputs.response.code = top.response_code_o;
          outputs.invalidation.valid = top.inval_valid_o;
          outputs.invalidation.device_id = top.inval_device_id_o;
          outputs.invalidation.segment_valid = top.inval_segment_valid_o;
          outputs.invalidation.pv = top.inval_pv_o;
          outputs.invalidation.process_id = top.inval_process_id_o;
          outputs.invalidation.itag = top.inval_itag_o;
          outputs.invalidation.payload = top.inval_payload_o;
          outputs.completion_ready = top.completion_ready_o;
          SALLYPORT_SAMPLE_MANAGER(top, mem_axi, outputs.memory);
          outputs.memory.aw.user = top.mem_axi_awuser_o;
          outputs.memory.ar.user = top.mem_axi_aruser_o;
          sample_registers(top, outputs.registers);
          outputs.irq = top.irq_o;
          sample_trace(top, outputs.trace);
        });
  }

  void trace_open(rust::Str path) override { engine_.trace_open(std::string(path)); }
  void trace_close() override { engine_.trace_close(); }

 private:
  Engine<Top> engine_;
};

template <class Top>
class PcieModelOf final : public PcieModel {
 public:
  PcieModelOf(const char* name, uint32_t seed) : engine_(name, seed) {}

  bool clock(const PcieInputs& inputs, PcieOutputs& outputs) override {
    return engine_.clock(
        [&](Top& top) {
          top.rst_ni = inputs.reset_n;
          top.completer_id_i = inputs.completer_id;
          top.tlp_up_valid_i = inputs.upstream.valid;
          top.tlp_up_sop_i = inputs.upstream.sop;
          top.tlp_up_eop_i = inputs.upstream.eop;
          top.tlp_up_error_i = inputs.upstream.error;
          top.tlp_up_prefix_valid_i = inputs.upstream.prefix_valid;
          top.tlp_up_prefix_i = inputs.upstream.prefix;
          top.tlp_up_segment_i = inputs.upstream.segment;
          ::sallyport::drive_wide(top.tlp_up_hdr_i, inputs.upstream.header);
          top.tlp_up_strb_i = inputs.upstream.strobe;
          ::sallyport::drive_wide(top.tlp_up_data_i, inputs.upstream.data);
          top.tlp_down_ready_i = inputs.downstream_ready;
          drive_request(top, inputs.request);
          SALLYPORT_DRIVE_SUBORDINATE(top, m_axi, inputs.out);
          SALLYPORT_DRIVE_SUBORDINATE(top, mem_axi, inputs.memory);
          top.mem_axi_ruser_i = inputs.memory.r.poison;
          drive_registers(top, inputs.registers);
        },
        [&](const Top& top) {
          outputs.upstream_ready = top.tlp_up_ready_o;
          outputs.non_posted_ok = top.tlp_up_np_ok_o;
          outputs.downstream.valid = top.tlp_down_valid_o;
          outputs.downstream.sop = top.tlp_down_sop_o;
          outputs.downstream.eop = top.tlp_down_eop_o;
          outputs.downstream.prefix_valid = top.tlp_down_prefix_valid_o;
          outputs.downstream.prefix = top.tlp_down_prefix_o;
          outputs.downstream.segment = top.tlp_down_segment_o;
          ::sallyport::sample_wide(top.tlp_down_hdr_o, outputs.downstream.header);
          outputs.downstream.strobe = top.tlp_down_strb_o;
          ::sallyport::sample_wide(top.tlp_down_data_o, outputs.downstream.data);
          outputs.malformed = top.malformed_count_o;
          outputs.unsupported = top.unsupported_count_o;
          outputs.poisoned = top.poisoned_count_o;
          outputs.request_ready = top.req_ready_o;
          outputs.accepted.valid = top.accept_valid_o;
          outputs.accepted.ttype = top.accept_ttype_o;
          outputs.accepted.access = top.accept_access_o;
          outputs.accepted.privileged = top.accept_priv_o;
          outputs.accepted.pv = top.accept_pv_o;
          outputs.accepted.process_id = top.accept_process_id_o;
          outputs.accepted.device_id = top.accept_device_id_o;
          outputs.accepted.no_write = top.accept_no_write_o;
          outputs.accepted.iova = top.accept_iova_o;
          outputs.accepted_tag = top.accept_tag_o;
          sample_answer(top, outputs.answer);
          SALLYPORT_SAMPLE_MANAGER(top, m_axi, outputs.out);
          outputs.out.aw.user = top.m_axi_awuser_o;
          outputs.out.ar.user = top.m_axi_aruser_o;
          SALLYPORT_SAMPLE_MANAGER(top, mem_axi, outputs.memory);
          outputs.memory.aw.user = top.mem_axi_awuser_o;
          outputs.memory.ar.user = top.mem_axi_aruser_o;
          sample_registers(top, outputs.registers);
          outputs.irq = top.irq_o;
          sample_trace(top, outputs.trace);
        });
  }

  void trace_open(rust::Str path) override { engine_.trace_open(std::string(path)); }
  void trace_close() override { engine_.trace_close(); }

 private:
  Engine<Top> engine_;
};

}  // namespace sallyport

#endif
