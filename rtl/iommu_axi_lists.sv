// SPDX-License-Identifier: Apache-2.0
//
// Queues of tags that share one memory: queue n holds its tags in the order in
// which they were pushed. One push and one pop a clock, of any two queues; a tag
// is in at most one queue, once. All heads are registers; what was pushed in
// clock t is there in t+1. A pop of an empty queue is not allowed.

module iommu_axi_lists #(
  parameter int unsigned QueueWidth = 4,
  parameter int unsigned IndexWidth = 7,
  localparam int unsigned Queues = 2 ** QueueWidth
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,
  input  logic                               push_i,
  input  logic [QueueWidth-1:0]              push_queue_i,
  input  logic [IndexWidth-1:0]              push_tag_i,
  input  logic                               pop_i,
  input  logic [QueueWidth-1:0]              pop_queue_i,
  output logic [Queues-1:0]                  valid_o,
  output logic [Queues-1:0][IndexWidth-1:0]  head_o
);

  typedef logic [IndexWidth-1:0] index_t;

  logic   [Queues-1:0] valid_q;
  index_t [Queues-1:0] head_q, tail_q;
  index_t              successor, popped;
  logic                same, only;

  assign valid_o = valid_q;
  assign head_o  = head_q;
  assign popped  = head_q[pop_queue_i];
  assign only    = popped == tail_q[pop_queue_i];
  assign same    = push_i && push_queue_i == pop_queue_i;

  lut_ram #(.T(index_t), .Depth(2 ** IndexWidth)) u_next (
    .clk_i,
    .write_i       (push_i && valid_q[push_queue_i]),
    .write_index_i (tail_q[push_queue_i]),
    .write_data_i  (push_tag_i),
    .read_index_i  (popped),
    .read_data_o   (successor)
  );

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      tail_q[push_queue_i] <= push_tag_i;
      if (!valid_q[push_queue_i]) head_q[push_queue_i] <= push_tag_i;
    end
    if (pop_i) head_q[pop_queue_i] <= (only && same) ? push_tag_i : successor;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else begin
      if (pop_i && only) valid_q[pop_queue_i] <= 1'b0;
      if (push_i)        valid_q[push_queue_i] <= 1'b1;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && pop_i) assert (valid_q[pop_queue_i]);
  end
`endif

endmodule
