// SPDX-License-Identifier: Apache-2.0
//
// Gathers the words of the one device context that is being read, and judges it
// in the clock of its last word: `words` of a burst come in order. `cause_o` is
// 0 for a context that passed; causes as in "Process to locate the
// Device-context": what the read met counts before what it brought.
//
// Words are kept as they came; fctl.BE says in which byte order to read them.
//
// `take_i` is one word of the burst. Combinational from `word_i` to the outputs,
// which count in the clock of the last word only.

module iommu_context_collect
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  fctl_t           fctl_i,
  input  logic            take_i,
  input  mem_data_t       word_i,
  output logic [11:0]     cause_o,
  output device_context_t context_o
);

  localparam int unsigned Words     = Cfg.MsiFlat ? 8 : 4;
  localparam int unsigned IndexBits = $clog2(Words);

  logic [Words-2:0][63:0] words_q;   // all but the last
  logic [Words-1:0][63:0] words;
  logic [IndexBits-1:0]   index_q;
  logic                   error_q, poison_q, error, poison;
  logic                   valid, misconfigured;

  assign error  = error_q || word_i.error;
  assign poison = poison_q || word_i.poison;

  always_comb begin
    words[Words-1] = in_order(word_i.data, fctl_i.be);
    for (int unsigned n = 0; n < Words - 1; n++) words[n] = in_order(words_q[n], fctl_i.be);
  end

  iommu_context_check #(.Cfg(Cfg)) u_check (
    .fctl_i,
    .words_i         (words),
    .valid_o         (valid),
    .misconfigured_o (misconfigured),
    .context_o
  );

  always_comb begin
    if (error)              cause_o = 12'(CAUSE_DDT_ACCESS_FAULT);
    else if (poison)        cause_o = 12'(CAUSE_DDT_CORRUPTED);
    else if (!valid)        cause_o = 12'(CAUSE_DDT_INVALID);
    else if (misconfigured) cause_o = 12'(CAUSE_DDT_MISCONFIGURED);
    else                    cause_o = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q  <= '0;
      error_q  <= 1'b0;
      poison_q <= 1'b0;
    end else if (take_i) begin
      index_q  <= word_i.last ? '0 : index_q + 1'b1;
      error_q  <= error && !word_i.last;
      poison_q <= poison && !word_i.last;
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned n = 0; n < Words - 1; n++) begin
      if (take_i && index_q == IndexBits'(n)) words_q[n] <= word_i.data;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && take_i) a_length: assert (word_i.last == (index_q == IndexBits'(Words - 1)));
  end
`endif

  logic unused;
  assign unused = ^{word_i.id, word_i.exokay};

endmodule
