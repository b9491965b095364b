// SPDX-License-Identifier: Apache-2.0
//
// Which colours have accesses under way: counts accepted ones up and finished
// ones down, by the colour each was accepted with. `busy_o` is up from the clock
// after acceptance, and down two clocks after the last access finished.

module iommu_axi_busy #(
  parameter int unsigned IndexWidth = 7
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  tag_free_i,      // accept_tag_i is nobody's yet
  input  logic                  accept_i,
  input  logic [IndexWidth-1:0] accept_tag_i,
  input  logic                  accept_colour_i,
  input  logic                  done_valid_i,
  input  logic [IndexWidth-1:0] done_tag_i,
  output logic [1:0]            busy_o
);

  logic                     colour, accept_q, accept_colour_q, done_q, done_colour_q;
  logic [1:0][IndexWidth:0] count_q;

  lut_ram #(.T(logic), .Depth(2 ** IndexWidth)) u_colours (
    .clk_i,
    .write_i       (tag_free_i),
    .write_index_i (accept_tag_i),
    .write_data_i  (accept_colour_i),
    .read_index_i  (done_tag_i),
    .read_data_o   (colour)
  );

  always_ff @(posedge clk_i) begin
    accept_colour_q <= accept_colour_i;
    done_colour_q   <= colour;
  end

  for (genvar i = 0; i < 2; i++) begin : gen_colour
    logic up, down;
    assign up        = accept_q && accept_colour_q == 1'(i);
    assign down      = done_q && done_colour_q == 1'(i);
    assign busy_o[i] = count_q[i] != '0 || up;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)         count_q[i] <= '0;
      else if (up != down) count_q[i] <= up ? count_q[i] + 1'b1 : count_q[i] - 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      accept_q <= 1'b0;
      done_q   <= 1'b0;
    end else begin
      accept_q <= accept_i;
      done_q   <= done_valid_i;
    end
  end

endmodule
