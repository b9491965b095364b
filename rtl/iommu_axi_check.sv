// SPDX-License-Identifier: Apache-2.0
//
// Is this burst one that AXI4 permits and this bus can carry? Combinational.
// What is not stays out: an INCR burst that leaves its 4 KiB page would reach a
// page that nobody translated. WRAP and FIXED bursts of legal length never do.

module iommu_axi_check
#(
  parameter int unsigned DataWidth = 64
) (
  input  logic [11:0] addr_i,
  input  logic [7:0]  len_i,
  input  logic [2:0]  size_i,
  input  logic [1:0]  burst_i,
  input  logic        lock_i,
  output logic        plain_o,  // an incrementing burst of one beat, and not bad
  output logic        bad_o
);

  localparam int unsigned MaxSize = $clog2(DataWidth / 8);

  localparam logic [1:0] BurstFixed = 2'b00;
  localparam logic [1:0] BurstIncr  = 2'b01;
  localparam logic [1:0] BurstWrap  = 2'b10;

  logic [11:0] mask;       // address bits inside one beat
  logic [11:0] below;      // bytes of the burst less one beat's lowest bytes
  logic [11:0] span;       // address bits inside the whole burst
  logic        power_of_two, unaligned, crosses, wide;
  logic        bad_burst, bad_lock;

  // Sizes wider than the bus are bad whatever they cover. Written out: a shifter
  // each for AR and AW would be merged into one behind the choice between them,
  // which is the longer way.
  always_comb begin
    mask  = '0;
    below = {4'b0, len_i};
    for (int unsigned i = 1; i <= MaxSize; i++) begin
      if (size_i[1:0] == 2'(i) && (size_i[2] == 1'(i >> 2))) begin
        mask  = 12'((1 << i) - 1);
        below = 12'({4'b0, len_i} * (1 << i));
      end
    end
  end

  assign span = below | mask;

  // Where the last beat begins: past the page's end? The bits inside a beat carry
  // nothing. One sum for each size: a choice before the carry would be waited for.
  logic [MaxSize:0] crosses_size;

  for (genvar i = 0; i <= MaxSize; i++) begin : gen_size
    logic [11-i:0] offset_unused;
    assign {crosses_size[i], offset_unused} = {1'b0, addr_i[11:i]} + (13 - i)'(len_i);
  end

  assign crosses = crosses_size[size_i[$clog2(MaxSize+1)-1:0]];

  assign wide         = {29'b0, size_i} > MaxSize;
  assign power_of_two = len_i inside {8'd0, 8'd1, 8'd3, 8'd7, 8'd15};
  assign unaligned    = (addr_i & mask) != '0;

  always_comb begin
    unique case (burst_i)
      BurstIncr:  bad_burst = crosses;
      BurstFixed: bad_burst = len_i > 8'd15;
      BurstWrap:  bad_burst = !power_of_two || len_i == '0 || unaligned;
      default:    bad_burst = 1'b1;
    endcase
  end

  // An exclusive access covers 1 to 128 bytes, a power of two, aligned.
  assign bad_lock = lock_i &&
                    (!power_of_two || span > 12'd127 || (addr_i & span) != '0);

  assign plain_o = burst_i == BurstIncr && len_i == '0 && !lock_i && !wide;

  assign bad_o = wide || bad_burst || bad_lock;

endmodule
