// SPDX-License-Identifier: Apache-2.0
//
// Writes fault records: section "Fault/Event-Queue (FQ)". Owns `fqt` and the
// status bits of `fqcsr`. A record takes four clocks; up to four are in flight,
// and `fqt` moves with their acknowledgements, in order.
//
// A record that finds the queue off, or an error bit set, is dropped; one that
// finds it full sets `fqof` and is dropped. If a write fails, `fqmf` is set and
// `fqt` stays: the records in flight behind it are lost too, and the next one
// waits until they are back.
//
// Towards the FIFO `ready_o` may depend on `valid_i`. `record_valid_o` holds
// with a stable record until `record_ready_i`.

module iommu_fault_queue
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               fqen_i,
  input  queue_base_t        fqb_i,
  input  queue_index_t       fqh_i,
  input  fault_status_t      clear_i,
  output queue_index_t       fqt_o,
  output logic               on_o,
  output fault_status_t      status_o,
  output logic               produced_o,       // fqt moves at the end of this clock

  input  logic               valid_i,
  output logic               ready_o,
  input  fault_t             fault_i,
  output logic               drop_o,           // the record at the input, untold
  output logic               written_o,        // one record acknowledged
  output logic               written_colour_o,

  output logic               record_valid_o,
  input  logic               record_ready_i,
  output logic [PaWidth-1:5] record_addr_o,
  output logic [255:0]       record_o,
  input  logic               done_i,
  input  logic               done_error_i
);

  localparam int unsigned InFlight   = 4;
  localparam int unsigned CountWidth = $clog2(InFlight + 1);

  typedef logic [CountWidth-1:0] count_t;

  typedef enum logic [1:0] {
    StDecide,
    StOffer,
    StNext
  } state_e;

  state_e        state_d, state_q;
  logic          on_d, on_q;
  queue_index_t  fqt_d, fqt_q;
  queue_index_t  slot_d, slot_q;      // where the next record goes
  fault_status_t status_d, status_q;
  logic          lost_d, lost_q;      // what is in flight follows a failed write
  count_t        in_flight_d, in_flight_q;

  queue_index_t  mask, slot_next;
  logic          moved, moved_q, full_q;   // full_q tells of the slot of the clock before
  logic          accept, colours_ready, colour_valid;

  assign mask      = index_mask(fqb_i.log2sz_1);
  assign slot_next = (slot_q + 1'b1) & mask;
  assign written_o = done_i && colour_valid;

  // Acknowledgements come in order: all writes have one ID.
  stream_fifo #(.T(logic), .Depth(InFlight)) u_colours (
    .clk_i, .rst_ni,
    .valid_i (accept),
    .ready_o (colours_ready),
    .data_i  (fault_i.colour),
    .valid_o (colour_valid),
    .ready_i (done_i),
    .data_o  (written_colour_o)
  );

  always_comb begin
    state_d        = state_q;
    on_d           = on_q;
    fqt_d          = fqt_q;
    slot_d         = slot_q;
    status_d       = status_q & ~clear_i;
    lost_d         = lost_q;
    ready_o        = 1'b0;
    drop_o         = 1'b0;
    record_valid_o = 1'b0;
    produced_o     = 1'b0;
    moved          = 1'b0;
    accept         = 1'b0;

    unique case (state_q)
      StDecide: begin
        if (valid_i) begin
          if (!on_q || !fqen_i || status_q != '0) begin
            drop_o = 1'b1;
          end else if (!lost_q && !moved_q && full_q) begin
            drop_o        = 1'b1;
            status_d.fqof = 1'b1;
          end else if (!lost_q && !moved_q && colours_ready) begin
            accept  = 1'b1;
            state_d = StOffer;
          end
        end
        ready_o = drop_o;
        if (lost_q && in_flight_q == '0) begin
          lost_d = 1'b0;
          slot_d = fqt_q;
          moved  = 1'b1;
        end
        if (on_q && !fqen_i && in_flight_q == '0) on_d = 1'b0;
      end
      StOffer: begin
        record_valid_o = 1'b1;
        if (record_ready_i) state_d = StNext;
      end
      StNext: begin
        ready_o = 1'b1;
        slot_d  = slot_next;
        moved   = 1'b1;
        state_d = StDecide;
      end
      default: state_d = StDecide;
    endcase

    if (done_i && !lost_q) begin
      if (done_error_i) begin
        status_d.fqmf = 1'b1;
        lost_d        = 1'b1;
      end else begin
        fqt_d      = (fqt_q + 1'b1) & mask;
        produced_o = 1'b1;
      end
    end

    in_flight_d = in_flight_q + count_t'(accept) - count_t'(done_i);

    if (!on_q && fqen_i) begin
      on_d     = 1'b1;
      fqt_d    = '0;
      slot_d   = '0;
      moved    = 1'b1;
      lost_d   = 1'b0;
      status_d = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StDecide;
      on_q        <= 1'b0;
      fqt_q       <= '0;
      status_q    <= '0;
      lost_q      <= 1'b0;
      in_flight_q <= '0;
    end else begin
      state_q     <= state_d;
      on_q        <= on_d;
      fqt_q       <= fqt_d;
      status_q    <= status_d;
      lost_q      <= lost_d;
      in_flight_q <= in_flight_d;
    end
  end

  always_ff @(posedge clk_i) begin
    slot_q  <= slot_d;
    moved_q <= moved;
    full_q  <= slot_next == fqh_i;
  end

  // DID, PV, PID and PRIV mean nothing without a transaction, PID and PRIV
  // nothing without PV.
  always_comb begin
    logic has_did, has_pid;
    has_did  = fault_i.ttyp != 6'(TTYP_NONE);
    has_pid  = has_did && fault_i.pv;
    record_o = '0;
    record_o[FQ_CAUSE_LSB+:FQ_CAUSE_WIDTH] = fault_i.cause;
    record_o[FQ_PID_LSB+:FQ_PID_WIDTH]     = has_pid ? fault_i.process_id : '0;
    record_o[FQ_PV_BIT]                    = has_pid;
    record_o[FQ_PRIV_BIT]                  = has_pid && fault_i.priv;
    record_o[FQ_TTYP_LSB+:FQ_TTYP_WIDTH]   = fault_i.ttyp;
    record_o[FQ_DID_LSB+:FQ_DID_WIDTH]     = has_did ? fault_i.device_id : '0;
    record_o[191:128]                      = fault_i.iotval;
    record_o[255:192]                      = fault_i.iotval2;
  end

  // The base is aligned to the size of the queue.
  assign record_addr_o = {fqb_i.ppn | PpnWidth'(slot_q[QueueIndexWidth-1:7]), slot_q[6:0]};
  assign fqt_o         = fqt_q;
  assign on_o          = on_q;
  assign status_o      = status_q;

endmodule
