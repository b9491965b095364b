// SPDX-License-Identifier: Apache-2.0
//
// Page-request queue: section "Page-Request-Queue (PQ)". Owns `pqb`, `pqh`, `pqt`
// and `pqcsr`, on the bus of iommu_registers. One record at a time: `done_o` is a
// pulse when what became of it is known, and `outcome_o` says what. `pqt` moves
// with the acknowledgement of the record.
//
// A record that finds the queue full sets `pqof`; one whose write fails sets
// `pqmf`. Neither is kept, nor is what comes while one of the bits is set.

module iommu_page_queue
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [11:3]        addr_i,
  input  logic [1:0]         write_i,          // halves written
  input  logic [63:0]        wdata_i,
  output logic [63:0]        rdata_o,

  input  logic               valid_i,          // until done_o
  input  page_request_t      request_i,
  output logic               done_o,
  output page_outcome_e      outcome_o,

  output logic               record_valid_o,
  input  logic               record_ready_i,
  output logic [PaWidth-1:4] record_addr_o,
  output logic [127:0]       record_o,
  input  logic               record_done_i,
  input  logic               record_error_i,

  output logic               interrupt_o,      // pie and an error bit
  output logic               produced_o        // pie and a record was queued
);

  typedef enum logic [1:0] {
    StDecide,
    StOffer,
    StAcknowledge
  } state_e;

  state_e       state_d, state_q;
  queue_base_t  pqb_d, pqb_q;
  queue_index_t pqh_d, pqh_q, pqt_d, pqt_q, mask;
  logic         pqen_d, pqen_q, pie_d, pie_q, on_d, on_q;
  logic         pqmf_d, pqmf_q, pqof_d, pqof_q;
  logic         at_base, at_csr, at_index, full;

  assign at_base  = addr_i == 9'(REG_PQB >> 3);
  assign at_index = addr_i == 9'(REG_PQH >> 3);
  assign at_csr   = addr_i == 9'(REG_PQCSR >> 3);
  assign mask     = index_mask(pqb_q.log2sz_1);
  assign full     = ((pqt_q + 1'b1) & mask) == pqh_q;

  always_comb begin
    rdata_o = '0;
    if (at_base)  rdata_o = {10'b0, pqb_q.ppn, 6'b0, pqb_q.log2sz_1};
    if (at_index) rdata_o = {32'(pqt_q), 32'(pqh_q)};
    if (at_csr) begin
      rdata_o[PQCSR_PQEN_BIT] = pqen_q;
      rdata_o[PQCSR_PIE_BIT]  = pie_q;
      rdata_o[PQCSR_PQMF_BIT] = pqmf_q;
      rdata_o[PQCSR_PQOF_BIT] = pqof_q;
      rdata_o[PQCSR_PQON_BIT] = on_q;
      rdata_o[PQCSR_BUSY_BIT] = on_q != pqen_q;
    end
  end

  // A record may be on its way while the queue is on: its address must not move.
  always_comb begin
    pqb_d  = pqb_q;
    pqh_d  = pqh_q;
    pqen_d = pqen_q;
    pie_d  = pie_q;
    if (at_base && !on_q) begin
      if (write_i[0]) begin
        pqb_d.log2sz_1  = wdata_i[4] ? '1 : wdata_i[3:0];
        pqb_d.ppn[21:0] = wdata_i[31:10];
      end
      if (write_i[1]) pqb_d.ppn[43:22] = wdata_i[53:32];
    end
    if (at_index && write_i[0]) pqh_d = wdata_i[QueueIndexWidth-1:0];
    pqh_d &= mask;
    if (at_csr && write_i[0]) begin
      pqen_d = wdata_i[PQCSR_PQEN_BIT];
      pie_d  = wdata_i[PQCSR_PIE_BIT];
    end
  end

  always_comb begin
    state_d        = state_q;
    on_d           = on_q;
    pqt_d          = pqt_q;
    pqmf_d         = pqmf_q && !(at_csr && write_i[0] && wdata_i[PQCSR_PQMF_BIT]);
    pqof_d         = pqof_q && !(at_csr && write_i[0] && wdata_i[PQCSR_PQOF_BIT]);
    done_o         = 1'b0;
    outcome_o      = PageRefused;
    record_valid_o = 1'b0;
    produced_o     = 1'b0;

    unique case (state_q)
      StDecide: begin
        if (valid_i) begin
          if (!on_q || !pqen_q || pqmf_q) begin
            done_o = 1'b1;
          end else if (pqof_q || full) begin
            done_o    = 1'b1;
            outcome_o = PageOverflow;
            pqof_d    = 1'b1;
          end else begin
            state_d = StOffer;
          end
        end
        if (on_q && !pqen_q && !valid_i) on_d = 1'b0;
      end
      StOffer: begin
        record_valid_o = 1'b1;
        if (record_ready_i) state_d = StAcknowledge;
      end
      StAcknowledge: begin
        if (record_done_i) begin
          state_d = StDecide;
          done_o  = 1'b1;
          if (record_error_i) begin
            pqmf_d = 1'b1;
          end else begin
            outcome_o  = PageQueued;
            pqt_d      = (pqt_q + 1'b1) & mask;
            produced_o = pie_q;
          end
        end
      end
      default: state_d = StDecide;
    endcase

    if (!on_q && pqen_q) begin
      on_d   = 1'b1;
      pqt_d  = '0;
      pqmf_d = 1'b0;
      pqof_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StDecide;
      pqen_q  <= 1'b0;
      pie_q   <= 1'b0;
      on_q    <= 1'b0;
      pqt_q   <= '0;
      pqmf_q  <= 1'b0;
      pqof_q  <= 1'b0;
    end else begin
      state_q <= state_d;
      pqen_q  <= pqen_d;
      pie_q   <= pie_d;
      on_q    <= on_d;
      pqt_q   <= pqt_d;
      pqmf_q  <= pqmf_d;
      pqof_q  <= pqof_d;
    end
  end

  always_ff @(posedge clk_i) begin
    pqb_q <= pqb_d;
    pqh_q <= pqh_d;
  end

  assign interrupt_o = pie_q && (pqmf_q || pqof_q);

  // PID, PRIV and EXEC mean nothing without PV. The base is aligned to the size.
  assign record_addr_o = {pqb_q.ppn | PpnWidth'(pqt_q[QueueIndexWidth-1:8]), pqt_q[7:0]};

  always_comb begin
    record_o                             = '0;
    record_o[PQ_PID_LSB+:PQ_PID_WIDTH]   = request_i.pv ? request_i.process_id : '0;
    record_o[PQ_PV_BIT]                  = request_i.pv;
    record_o[PQ_PRIV_BIT]                = request_i.pv && request_i.priv;
    record_o[PQ_EXEC_BIT]                = request_i.pv && request_i.exec;
    record_o[PQ_DID_LSB+:PQ_DID_WIDTH]   = request_i.device_id;
    record_o[127:64]                     = request_i.payload;
  end

  logic unused;
  assign unused = ^wdata_i;

endmodule
