// SPDX-License-Identifier: Apache-2.0
//
// ATS invalidations under way: section "IOMMU PCIe ATS commands". A command is
// taken when a tag is free and its message has a place to wait in; it is over
// when all completions have come, or after Timeout clocks, at most a quarter
// more. Then its tag is free; tags are used in turn, so that a completion that
// comes too late meets none of the same number for as long as possible.
//
// A completion names tags and says how many of it there are. One that names a
// tag that is not under way, or under way with another device, counts for
// nothing. A completion takes a clock for each tag that it names, and waits for
// nothing else.

module iommu_ats_tags
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter int unsigned Timeout = 16384      // at least 4
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              command_valid_i,
  output logic              command_ready_o,
  input  ats_command_t      command_i,

  output logic              inval_valid_o,
  input  logic              inval_ready_i,
  output inval_request_t    inval_o,

  input  logic              completion_valid_i,
  output logic              completion_ready_o,
  input  inval_completion_t completion_i,

  output logic              busy_o,           // some invalidation is under way
  output logic              timed_out_o,      // one was given up
  input  logic              timed_out_clear_i
);

  localparam int unsigned Tags       = 32;
  localparam int unsigned Ages       = 4;     // ticks that a tag lives at least
  localparam int unsigned TickClocks = Timeout / Ages;
  localparam int unsigned TickWidth  = (TickClocks > 1) ? $clog2(TickClocks) : 1;

  // Who a message was for.
  typedef struct packed {
    logic                     segment_valid;
    logic [DeviceIdWidth-1:0] device_id;
  } target_t;

  logic [Tags-1:0] busy_d, busy_q, waiting_d, waiting_q, late, oldest;
  logic [2:0]      age_q [Tags];
  itag_t           free_index, index;
  logic [Tags-1:0] unused_grant;
  logic            start, inval_valid_q, timed_out_d, timed_out_q;
  inval_request_t  inval_q;
  logic [TickWidth-1:0] tick_q;
  logic            tick;

  // ------------------------------------------------------------- commands
  round_robin_arbiter #(.N(Tags)) u_free (
    .clk_i, .rst_ni,
    .request_i (~busy_q),
    .advance_i (start),
    .grant_o   (unused_grant),
    .index_o   (free_index)
  );

  assign command_ready_o = busy_q != '1 && (!inval_valid_q || inval_ready_i);
  assign start           = command_valid_i && command_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)             inval_valid_q <= 1'b0;
    else if (start)          inval_valid_q <= 1'b1;
    else if (inval_ready_i)  inval_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      inval_q.device_id     <= command_i.device_id;
      inval_q.segment_valid <= command_i.segment_valid;
      inval_q.pv            <= command_i.pv;
      inval_q.process_id    <= command_i.process_id;
      inval_q.itag          <= free_index;
      inval_q.payload       <= command_i.payload;
    end
  end

  assign inval_valid_o = inval_valid_q;
  assign inval_o       = inval_q;

  // ---------------------------------------------------------- completions
  // One tag a clock: the lowest that is left.
  logic [DeviceIdWidth-1:0] sender_q;
  logic [2:0]               count_q;
  target_t                  started, target;
  logic                     same, counts, done;
  logic [2:0]               received_q [Tags];
  logic [2:0]               received_next;

  assign oldest = waiting_q & (~waiting_q + 1'b1);

  always_comb begin
    index = '0;
    for (int unsigned i = 0; i < Tags; i++) begin
      if (oldest[i]) index = itag_t'(i);
    end
  end

  assign completion_ready_o = waiting_q == '0;
  assign waiting_d          = completion_ready_o
                            ? (completion_valid_i ? completion_i.itags : '0)
                            : waiting_q & ~oldest;

  assign started.segment_valid = command_i.segment_valid;
  assign started.device_id     = command_i.device_id;

  lut_ram #(.T(target_t), .Depth(Tags)) u_targets (
    .clk_i,
    .write_i       (start),
    .write_index_i (free_index),
    .write_data_i  (started),
    .read_index_i  (index),
    .read_data_o   (target)
  );

  assign same          = target.device_id[15:0] == sender_q[15:0] &&
                         (!target.segment_valid || target.device_id[23:16] == sender_q[23:16]);
  assign counts        = (busy_q & oldest) != '0 && same;
  assign received_next = received_q[index] + 1'b1;
  assign done          = counts && received_next == count_q;

  always_ff @(posedge clk_i) begin
    if (completion_ready_o) begin
      sender_q <= completion_i.device_id;
      count_q  <= completion_i.count;
    end
    if (counts) received_q[index] <= received_next;
    if (start)  received_q[free_index] <= '0;
  end

  // ------------------------------------------------------------- time-out
  assign tick = tick_q == '0;

  for (genvar i = 0; i < int'(Tags); i++) begin : gen_age
    assign late[i] = busy_q[i] && tick && age_q[i] == 3'(Ages);
  end

  always_comb begin
    busy_d = busy_q & ~late;
    if (done)  busy_d &= ~oldest;
    if (start) busy_d[free_index] = 1'b1;
    timed_out_d = (timed_out_q && !timed_out_clear_i) || (late & ~(done ? oldest : '0)) != '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q      <= '0;
      waiting_q   <= '0;
      timed_out_q <= 1'b0;
      tick_q      <= '0;
    end else begin
      busy_q      <= busy_d;
      waiting_q   <= waiting_d;
      timed_out_q <= timed_out_d;
      tick_q      <= tick ? TickWidth'(TickClocks - 1) : tick_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Tags; i++) begin
      if (start && free_index == itag_t'(i)) age_q[i] <= '0;
      else if (tick)                         age_q[i] <= age_q[i] + 1'b1;
    end
  end

  assign busy_o      = busy_q != '0 || inval_valid_q;
  assign timed_out_o = timed_out_q;

  logic unused;
  assign unused = command_i.response;

endmodule
