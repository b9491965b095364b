// SPDX-License-Identifier: Apache-2.0
//
// Payloads of writes, beat by beat: what a TLP brought counts when it is
// committed, and is forgotten when it is dropped. Data comes out in order, only
// of committed TLPs. Latency one clock, one beat a clock; in LUT RAM. A commit or
// drop may come with the last beat.

module iommu_pcie_payload #(
  parameter int unsigned Width = 128,
  parameter int unsigned Depth = 128       // beats, a power of two
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             push_i,
  output logic             ready_o,
  input  logic [Width-1:0] data_i,
  input  logic             commit_i,
  input  logic             drop_i,

  output logic             valid_o,
  input  logic             ready_i,
  output logic [Width-1:0] data_o
);

  localparam int unsigned IndexWidth = $clog2(Depth);

  typedef logic [IndexWidth:0] count_t;

  count_t read_d, read_q, write_d, write_q, committed_d, committed_q;
  logic   room_q, some_q;

  always_comb begin
    write_d     = write_q;
    committed_d = committed_q;
    if (push_i) write_d = write_q + 1'b1;
    if (commit_i) committed_d = write_d;
    if (drop_i) write_d = committed_q;
    read_d = read_q;
    if (valid_o && ready_i) read_d = read_q + 1'b1;
  end

  assign ready_o = room_q;
  assign valid_o = some_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q      <= '0;
      write_q     <= '0;
      committed_q <= '0;
      room_q      <= 1'b1;
      some_q      <= 1'b0;
    end else begin
      read_q      <= read_d;
      write_q     <= write_d;
      committed_q <= committed_d;
      room_q      <= write_d - read_d != count_t'(Depth);
      some_q      <= committed_d != read_d;
    end
  end

  lut_ram #(.T(logic [Width-1:0]), .Depth(Depth)) u_ram (
    .clk_i,
    .write_i       (push_i),
    .write_index_i (write_q[IndexWidth-1:0]),
    .write_data_i  (data_i),
    .read_index_i  (read_q[IndexWidth-1:0]),
    .read_data_o   (data_o)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_room: assert (!push_i || ready_o);
      a_one:  assert (!commit_i || !drop_i);
    end
  end
`endif

endmodule
