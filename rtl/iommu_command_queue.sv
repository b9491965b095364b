// SPDX-License-Identifier: Apache-2.0
//
// Executes the command queue: `cqh`, the status bits of `cqcsr`, invalidations,
// and IOFENCE.C by way of iommu_fence. Section "Command-Queue (CQ)".
//
// A command is judged in one clock and executed in the next. An invalidation leaves
// as a pulse of `inval_valid_o`, in the clock in which `cqh` has passed it. An ATS
// command holds it until it is taken. A fence waits for ATS commands under way, and
// is not executed if one of them timed out (`cmd_to`); otherwise it holds the queue
// until `fence_done_i`; `fence_o` is stable meanwhile. An error stops the queue with
// `cqh` at the command; what was fetched is dropped, and read again from `cqh`
// when software has cleared the bits. So it is when `cqb` is written.
//
// `broadcast_i` sends IODIR.INVAL_DDT of all devices in place of a command.
// Switched off, the queue stays on until its reads are back and its fence has
// ended; other commands that were fetched are dropped.

module iommu_command_queue
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            cqen_i,
  input  queue_base_t     cqb_i,
  input  logic            cqb_written_i,
  input  queue_index_t    cqt_i,
  input  command_status_t clear_i,
  input  logic            be_i,             // fctl.BE
  input  logic            wsi_i,            // fctl.WSI
  output queue_index_t    cqh_o,
  output logic            on_o,
  output command_status_t status_o,

  input  logic            broadcast_i,
  output logic            inval_valid_o,
  output inval_t          inval_o,

  output logic            fence_valid_o,
  output fence_t          fence_o,
  input  logic            fence_done_i,
  input  logic            fence_error_i,

  // ATS commands, and those under way.
  output logic            ats_valid_o,
  input  logic            ats_ready_i,
  output ats_command_t    ats_o,
  input  logic            ats_busy_i,
  input  logic            ats_timed_out_i,
  output logic            ats_told_o,       // cmd_to is set for it

  output logic            read_valid_o,
  input  logic            read_ready_i,
  output mem_read_t       read_o,
  input  logic            data_valid_i,
  output logic            data_ready_o,
  input  mem_data_t       data_i
);

  typedef enum logic {
    StExecute,
    StFence
  } state_e;

  state_e          state_d, state_q;
  logic            on_d, on_q;
  queue_index_t    cqh_d, cqh_q;
  command_status_t status_d, status_q;
  logic            refetch_d, refetch_q;    // cqb was written during a fence
  logic            inval_valid_d, inval_valid_q;
  inval_t          inval_d, inval_q;

  logic         command_valid, command_take, command_error;
  logic [127:0] command;
  logic         illegal, is_fence, is_ats;
  logic         judged_q, illegal_q, is_fence_q, is_ats_q;   // of a command that was there before
  inval_t       decoded;
  logic         stopped, flush, fetch_idle;

  // Anything but executing: what is buffered must go.
  assign stopped = !on_q || !cqen_i || cqb_written_i || refetch_q ||
                   status_q.cqmf || status_q.cmd_to || status_q.cmd_ill;
  assign flush   = stopped && state_q == StExecute;

  iommu_command_fetch u_fetch (
    .clk_i, .rst_ni,
    .flush_i (flush),
    .fetch_i (!stopped),
    .be_i,
    .head_i  (cqh_d),
    .cqb_i, .cqt_i,
    .idle_o  (fetch_idle),
    .valid_o (command_valid),
    .ready_i (command_take),
    .command_o (command),
    .error_o (command_error),
    .read_valid_o, .read_ready_i, .read_o,
    .data_valid_i, .data_ready_o, .data_i
  );

  iommu_command_decode #(.Cfg(Cfg)) u_decode (
    .command_i  (command),
    .wsi_i,
    .illegal_o  (illegal),
    .is_fence_o (is_fence),
    .is_ats_o   (is_ats),
    .fence_o,
    .inval_o    (decoded),
    .ats_o
  );

  always_comb begin
    state_d       = state_q;
    on_d          = on_q;
    cqh_d         = cqh_q;
    status_d      = status_q & ~clear_i;
    refetch_d     = refetch_q || cqb_written_i;
    inval_valid_d = broadcast_i;
    inval_d       = decoded;
    command_take  = 1'b0;
    fence_valid_o = 1'b0;
    ats_valid_o   = 1'b0;
    ats_told_o    = 1'b0;

    unique case (state_q)
      StExecute: begin
        refetch_d = 1'b0;
        if (!stopped && command_valid && judged_q && !broadcast_i) begin
          if (command_error) begin
            status_d.cqmf = 1'b1;
          end else if (illegal_q) begin
            status_d.cmd_ill = 1'b1;
          end else if (is_fence_q) begin
            if (!ats_busy_i && ats_timed_out_i) begin
              status_d.cmd_to = 1'b1;
              ats_told_o      = 1'b1;
            end else if (!ats_busy_i) begin
              state_d = StFence;
            end
          end else if (is_ats_q) begin
            ats_valid_o  = 1'b1;
            command_take = ats_ready_i;
          end else begin
            inval_valid_d = 1'b1;
            command_take  = 1'b1;
          end
        end
      end
      StFence: begin
        fence_valid_o = 1'b1;
        if (fence_done_i) begin
          state_d = StExecute;
          if (fence_error_i) begin
            status_d.cqmf = 1'b1;
          end else begin
            command_take        = 1'b1;
            status_d.fence_w_ip = status_d.fence_w_ip || fence_o.wsi;
          end
        end
      end
      default: state_d = StExecute;
    endcase

    if (command_take) cqh_d = (cqh_q + 1'b1) & index_mask(cqb_i.log2sz_1);

    if (broadcast_i) begin
      inval_d      = '0;
      inval_d.kind = InvalDdt;
    end

    if (!on_q && cqen_i) begin
      on_d     = 1'b1;
      cqh_d    = '0;
      status_d = '0;
    end else if (on_q && !cqen_i && state_q == StExecute && fetch_idle) begin
      on_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= StExecute;
      on_q          <= 1'b0;
      cqh_q         <= '0;
      status_q      <= '0;
      refetch_q     <= 1'b0;
      inval_valid_q <= 1'b0;
      judged_q      <= 1'b0;
    end else begin
      state_q       <= state_d;
      on_q          <= on_d;
      cqh_q         <= cqh_d;
      status_q      <= status_d;
      refetch_q     <= refetch_d;
      inval_valid_q <= inval_valid_d;
      judged_q      <= command_valid && !command_take && !flush;
    end
  end

  always_ff @(posedge clk_i) begin
    if (inval_valid_d) inval_q <= inval_d;
    illegal_q  <= illegal;
    is_fence_q <= is_fence;
    is_ats_q   <= is_ats;
  end

  assign cqh_o         = cqh_q;
  assign on_o          = on_q;
  assign status_o      = status_q;
  assign inval_valid_o = inval_valid_q;
  assign inval_o       = inval_q;

endmodule
