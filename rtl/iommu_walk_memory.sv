// SPDX-License-Identifier: Apache-2.0
//
// What the walker asks of memory. A row has one access outstanding at most, and
// the queues have room for every row: neither push is ever refused, so that no
// step waits for memory. Offered in the clock after the push.

module iommu_walk_memory
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               read_i,
  input  mem_read_t          read_request_i,
  input  logic               write_i,
  input  row_t               write_row_i,
  input  logic [PaWidth-1:0] write_addr_i,
  input  logic [63:0]        write_data_i,
  input  qos_t               write_qos_i,

  output logic               read_valid_o,
  input  logic               read_ready_i,
  output mem_read_t          read_o,
  output logic               write_valid_o,
  input  logic               write_ready_i,
  output mem_write_t         write_o
);

  logic read_room;

  stream_fifo #(.T(mem_read_t), .Depth(Cfg.WalkRows)) u_reads (
    .clk_i, .rst_ni,
    .valid_i (read_i),       .ready_o (read_room),    .data_i (read_request_i),
    .valid_o (read_valid_o), .ready_i (read_ready_i), .data_o (read_o)
  );

  // Only A and D updates write, each one doubleword.
  if (Cfg.AmoHwad) begin : gen_writes
    typedef struct packed {
      row_t               row;
      logic [PaWidth-1:0] addr;
      logic [63:0]        data;
      qos_t               qos;
    } update_t;

    update_t update_in, update;
    logic    write_room;

    assign update_in = '{row: write_row_i, addr: write_addr_i, data: write_data_i,
                         qos: write_qos_i};

    stream_fifo #(.T(update_t), .Depth(Cfg.WalkRows)) u_writes (
      .clk_i, .rst_ni,
      .valid_i (write_i),       .ready_o (write_room),    .data_i (update_in),
      .valid_o (write_valid_o), .ready_i (write_ready_i), .data_o (update)
    );

    always_comb begin
      write_o.id   = {2'b00, update.row};
      write_o.addr = update.addr;
      write_o.last = 2'd0;
      write_o.strb = '1;
      write_o.data = {192'd0, update.data};
      write_o.lock = 1'b1;
      write_o.qos  = update.qos;
    end

`ifndef SYNTHESIS
    always_ff @(posedge clk_i) begin
      if (rst_ni) a_write_room: assert (!write_i || write_room);
    end
`endif
  end else begin : gen_no_writes
    assign write_valid_o = 1'b0;
    assign write_o       = '0;

    logic unused;
    assign unused = ^{write_i, write_row_i, write_addr_i, write_data_i, write_qos_i, write_ready_i};
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) a_read_room: assert (!read_i || read_room);
  end
`endif

endmodule
