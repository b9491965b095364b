// SPDX-License-Identifier: Apache-2.0
//
// Tags of the AXI4 front end that are in use. Reads and writes may hold three
// quarters of all each: `*_space_o` tell of it, each a register. A tag that comes
// back goes to the core, a read's at once, a write's when no read's does.

module iommu_axi_tags
  import iommu_build_pkg::*;
#(
  parameter int unsigned Requests = 16,
  parameter type         index_t  = logic
) (
  input  logic   clk_i,
  input  logic   rst_ni,

  output logic   read_space_o,
  input  logic   read_take_i,
  input  logic   read_free_i,
  input  index_t read_tag_i,

  output logic   write_space_o,
  input  logic   write_take_i,
  input  logic   write_free_i,
  input  index_t write_tag_i,

  output logic   free_valid_o,
  output tag_t   free_tag_o
);

  localparam int unsigned CountWidth = $clog2(Requests) + 1;
  localparam int unsigned Share      = Requests * 3 / 4;

  typedef logic [CountWidth-1:0] count_t;

  count_t reads_q, writes_q;
  logic   read_space_q, write_space_q;
  logic   freed_valid, space_unused;
  index_t freed_tag;

  // Is there room in the next clock? That one is taken is known late.
  function automatic logic room(count_t held, logic take, logic free);
    return take ? held < (free ? count_t'(Share) : count_t'(Share - 1))
                : free || held < count_t'(Share);
  endfunction

  assign read_space_o  = read_space_q;
  assign write_space_o = write_space_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reads_q       <= '0;
      writes_q      <= '0;
      read_space_q  <= 1'b1;
      write_space_q <= 1'b1;
    end else begin
      read_space_q  <= room(reads_q, read_take_i, read_free_i);
      write_space_q <= room(writes_q, write_take_i, write_free_i);
      if (read_take_i != read_free_i) reads_q <= read_free_i ? reads_q - 1'b1 : reads_q + 1'b1;
      if (write_take_i != write_free_i) begin
        writes_q <= write_free_i ? writes_q - 1'b1 : writes_q + 1'b1;
      end
    end
  end

  stream_fifo #(.T(index_t), .Depth(Requests)) u_freed (
    .clk_i, .rst_ni,
    .valid_i (write_free_i),
    .ready_o (space_unused),   // a place for every tag
    .data_i  (write_tag_i),
    .valid_o (freed_valid),
    .ready_i (!read_free_i),
    .data_o  (freed_tag)
  );

  assign free_valid_o = read_free_i || freed_valid;
  assign free_tag_o   = read_free_i ? tag_t'(read_tag_i) : tag_t'(freed_tag);

endmodule
