// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite to the core's register port. AW and W may come in either order;
// reads and writes take turns. An access takes four clocks from the handshake
// to R or B; one is under way at a time, one of each kind may wait.
//
// Registers are written in whole halves of 4 bytes: strobes that cover a part
// of a half are answered with SLVERR and nothing is written. Strobes of zero
// write nothing and are answered with OKAY. With a bus of 32 bits, address bit
// 2 selects the half.

module iommu_axil #(
  parameter int unsigned Width = 64    // of the bus: 32 or 64
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [11:0]        s_axil_awaddr_i,
  input  logic               s_axil_awvalid_i,
  output logic               s_axil_awready_o,
  input  logic [Width-1:0]   s_axil_wdata_i,
  input  logic [Width/8-1:0] s_axil_wstrb_i,
  input  logic               s_axil_wvalid_i,
  output logic               s_axil_wready_o,
  output logic [1:0]         s_axil_bresp_o,
  output logic               s_axil_bvalid_o,
  input  logic               s_axil_bready_i,
  input  logic [11:0]        s_axil_araddr_i,
  input  logic               s_axil_arvalid_i,
  output logic               s_axil_arready_o,
  output logic [Width-1:0]   s_axil_rdata_o,
  output logic [1:0]         s_axil_rresp_o,
  output logic               s_axil_rvalid_o,
  input  logic               s_axil_rready_i,

  output logic               reg_valid_o,
  output logic               reg_write_o,
  output logic [11:0]        reg_addr_o,
  output logic [7:0]         reg_strb_o,
  output logic [63:0]        reg_wdata_o,
  input  logic               reg_ack_i,
  input  logic [63:0]        reg_rdata_i
);

  localparam logic [1:0] RespOkay = 2'b00;
  localparam logic [1:0] RespSlverr = 2'b10;

  typedef enum logic [1:0] {
    StIdle,
    StRead,   // waiting for reg_ack_i
    StWrite
  } state_e;

  state_e             state_q, state_d;
  logic               aw_full_q, aw_full_d, w_full_q, w_full_d, ar_full_q, ar_full_d;
  logic               b_full_q, b_full_d, r_full_q, r_full_d;
  logic               read_next_q, read_next_d;  // whose turn it is when both wait
  logic [11:2]        awaddr_q, araddr_q;
  logic [Width-1:0]   wdata_q, rdata_q, rdata_half;
  logic [Width/8-1:0] wstrb_q;
  logic               error_q, partial, empty;
  logic               can_read, can_write, do_read, do_write;
  logic [7:0]         lanes, halves;
  logic               low_addr_unused;

  assign low_addr_unused = ^{s_axil_awaddr_i[1:0], s_axil_araddr_i[1:0]};

  assign s_axil_awready_o = !aw_full_q;
  assign s_axil_wready_o  = !w_full_q;
  assign s_axil_arready_o = !ar_full_q;
  assign s_axil_bvalid_o  = b_full_q;
  assign s_axil_rvalid_o  = r_full_q;
  assign s_axil_bresp_o   = error_q ? RespSlverr : RespOkay;
  assign s_axil_rresp_o   = RespOkay;
  assign s_axil_rdata_o   = rdata_q;

  if (Width == 32) begin : gen_half
    assign lanes       = awaddr_q[2] ? {wstrb_q, 4'b0} : {4'b0, wstrb_q};
    assign reg_wdata_o = {wdata_q, wdata_q};
    assign rdata_half  = araddr_q[2] ? reg_rdata_i[63:32] : reg_rdata_i[31:0];
  end else begin : gen_whole
    logic half_unused;
    assign half_unused = awaddr_q[2] ^ araddr_q[2];
    assign lanes       = wstrb_q;
    assign reg_wdata_o = wdata_q;
    assign rdata_half  = reg_rdata_i;
  end

  assign halves  = {{4{&lanes[7:4]}}, {4{&lanes[3:0]}}};
  assign partial = halves != lanes;
  assign empty   = lanes == '0;

  assign can_read  = state_q == StIdle && ar_full_q && !r_full_q;
  assign can_write = state_q == StIdle && aw_full_q && w_full_q && !b_full_q;
  assign do_read   = can_read && (!can_write || read_next_q);
  assign do_write  = can_write && !do_read;

  // The request leaves through registers; wdata_q is stable for as long.
  logic        reg_valid, reg_valid_q, reg_write_q;
  logic [11:3] reg_addr_q;
  logic [7:0]  reg_strb_q;

  assign reg_valid   = do_read || (do_write && !partial && !empty);
  assign reg_valid_o = reg_valid_q;
  assign reg_write_o = reg_write_q;
  assign reg_addr_o  = {reg_addr_q, 3'b0};
  assign reg_strb_o  = reg_strb_q;

  always_comb begin
    state_d     = state_q;
    aw_full_d   = aw_full_q || s_axil_awvalid_i;
    w_full_d    = w_full_q || s_axil_wvalid_i;
    ar_full_d   = ar_full_q || s_axil_arvalid_i;
    b_full_d    = b_full_q && !s_axil_bready_i;
    r_full_d    = r_full_q && !s_axil_rready_i;
    read_next_d = read_next_q;
    unique case (state_q)
      StIdle: begin
        if (do_read) begin
          state_d     = StRead;
          read_next_d = 1'b0;
        end
        if (do_write) begin
          read_next_d = 1'b1;
          if (reg_valid) state_d = StWrite;
          else begin
            aw_full_d = 1'b0;
            w_full_d  = 1'b0;
            b_full_d  = 1'b1;
          end
        end
      end
      StRead: if (reg_ack_i) begin
        state_d   = StIdle;
        ar_full_d = 1'b0;
        r_full_d  = 1'b1;
      end
      StWrite: if (reg_ack_i) begin
        state_d   = StIdle;
        aw_full_d = 1'b0;
        w_full_d  = 1'b0;
        b_full_d  = 1'b1;
      end
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StIdle;
      aw_full_q   <= 1'b0;
      w_full_q    <= 1'b0;
      ar_full_q   <= 1'b0;
      b_full_q    <= 1'b0;
      r_full_q    <= 1'b0;
      read_next_q <= 1'b0;
      reg_valid_q <= 1'b0;
    end else begin
      reg_valid_q <= reg_valid;
      state_q     <= state_d;
      aw_full_q   <= aw_full_d;
      w_full_q    <= w_full_d;
      ar_full_q   <= ar_full_d;
      b_full_q    <= b_full_d;
      r_full_q    <= r_full_d;
      read_next_q <= read_next_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (s_axil_awvalid_i && s_axil_awready_o) awaddr_q <= s_axil_awaddr_i[11:2];
    if (s_axil_arvalid_i && s_axil_arready_o) araddr_q <= s_axil_araddr_i[11:2];
    if (s_axil_wvalid_i && s_axil_wready_o) begin
      wdata_q <= s_axil_wdata_i;
      wstrb_q <= s_axil_wstrb_i;
    end
    if (do_write) error_q <= partial;
    reg_write_q <= do_write;
    reg_addr_q  <= do_write ? awaddr_q[11:3] : araddr_q[11:3];
    reg_strb_q  <= halves;
    if (state_q == StRead && reg_ack_i) rdata_q <= rdata_half;
  end

endmodule
