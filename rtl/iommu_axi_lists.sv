// SPDX-License-Identifier: Apache-2.0
//
// Queues of tags that share one memory: queue n holds its tags in the order in
// which they were pushed. One push and one pop a clock, of any two queues; a tag
// is in at most one queue, once. All heads are registers; what was pushed in
// clock t is there in t+1. A pop of an empty queue is not allowed. Whoever pops
// says which tag that is, the head, since he knows it early. `remaining_o` is the
// head that its queue goes on with, if it goes on.

module iommu_axi_lists #(
  parameter int unsigned QueueWidth = 4,
  parameter int unsigned IndexWidth = 7,
  parameter bit          LatePop    = 1'b0,   // the queue of a pop is known later than that of a push
  localparam int unsigned Queues = 2 ** QueueWidth
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,
  input  logic                               push_i,
  input  logic [QueueWidth-1:0]              push_queue_i,
  input  logic [IndexWidth-1:0]              push_tag_i,
  input  logic                               pop_i,
  input  logic [QueueWidth-1:0]              pop_queue_i,
  input  logic [IndexWidth-1:0]              pop_tag_i,
  output logic [Queues-1:0]                  valid_o,
  output logic [Queues-1:0][IndexWidth-1:0]  head_o,
  output logic [IndexWidth-1:0]              remaining_o
);

  typedef logic [IndexWidth-1:0] index_t;

  logic   [Queues-1:0] valid_q;
  index_t [Queues-1:0] head_q;
  index_t              successor, push_tail, pop_tail;
  logic                behind, only;

  assign valid_o = valid_q;
  assign head_o  = head_q;
  assign only    = pop_tag_i == pop_tail;

  // What is pushed comes right behind what is popped: told by what is known early.
  assign behind  = LatePop ? valid_q[push_queue_i] && pop_tag_i == push_tail
                           : only && push_queue_i == pop_queue_i;

  lut_ram #(.T(index_t), .Depth(2 ** IndexWidth)) u_next (
    .clk_i,
    .write_i       (valid_q[push_queue_i]),
    .write_index_i (push_tail),
    .write_data_i  (push_tag_i),
    .read_index_i  (pop_tag_i),
    .read_data_o   (successor)
  );

  // What follows a last tag means nothing until there is one: it is written in
  // every clock, push or not, and so is the head of an empty queue.

  // The last tag of each queue, for those who push and those who pop.
  lut_ram #(.T(index_t), .Depth(Queues)) u_push_tail (
    .clk_i,
    .write_i       (push_i),
    .write_index_i (push_queue_i),
    .write_data_i  (push_tag_i),
    .read_index_i  (push_queue_i),
    .read_data_o   (push_tail)
  );

  lut_ram #(.T(index_t), .Depth(Queues)) u_pop_tail (
    .clk_i,
    .write_i       (push_i),
    .write_index_i (push_queue_i),
    .write_data_i  (push_tag_i),
    .read_index_i  (pop_queue_i),
    .read_data_o   (pop_tail)
  );

  // What the popped queue goes on with: the same for all, so that a queue costs
  // little more than its registers.
  index_t remaining;
  assign remaining_o = remaining;
  assign remaining = behind ? push_tag_i : successor;

  for (genvar i = 0; i < Queues; i++) begin : gen_queue
    logic push, pop;
    assign push = push_i && push_queue_i == QueueWidth'(i);
    assign pop  = pop_i && pop_queue_i == QueueWidth'(i);

    always_ff @(posedge clk_i) begin
      if (pop || !valid_q[i]) head_q[i] <= valid_q[i] ? remaining : push_tag_i;
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)          valid_q[i] <= 1'b0;
      else if (push)        valid_q[i] <= 1'b1;
      else if (pop && only) valid_q[i] <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && pop_i) assert (valid_q[pop_queue_i] && head_q[pop_queue_i] == pop_tag_i);
  end
`endif

endmodule
