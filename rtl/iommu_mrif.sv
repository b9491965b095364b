// SPDX-License-Identifier: Apache-2.0
//
// Stores an MSI in a memory-resident interrupt file and sends the notice:
// chapter "IOMMU Support for MSIs to Virtual Machines", section "MSI page table
// entry, MRIF mode", and causes 264, 271 and 273.
//
// One store at a time, taken by `ready_o`. The file is 512 bytes, always
// little-endian: pending bits of identities 64k to 64k+63 at 16k. The bit is set
// by an exclusive pair (AMO_MRIF), otherwise by a read and a write; a pair that
// fails is tried again after 2**(tries+1) clocks, at most 64. The notice leaves
// after the update was acknowledged, `done_o` is up for one clock after the
// notice was.
//
// `cause_o`, with `done_o`: 0, or why the file was not updated; then there is no
// notice either. A notice that fails is the IOMMU's own fault (273): its record is
// offered on `fault_*` before `done_o`.

module iommu_mrif
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        valid_i,
  output logic        ready_o,
  input  mrif_store_t store_i,
  output logic        done_o,
  output logic [11:0] cause_o,

  output logic        fault_valid_o,
  input  logic        fault_ready_i,
  output fault_t      fault_o,

  output logic        read_valid_o,
  input  logic        read_ready_i,
  output mem_read_t   read_o,
  input  logic        data_valid_i,
  input  mem_data_t   data_i,
  output logic        write_valid_o,
  input  logic        write_ready_i,
  output mem_write_t  write_o,
  input  logic        write_done_valid_i,
  input  mem_done_t   write_done_i
);

  localparam int unsigned MostTries = 5;

  typedef enum logic [3:0] {
    StIdle,
    StRead,         // of the pending bits
    StData,
    StUpdate,       // write of the pending bits
    StUpdated,
    StBackoff,
    StNotice,
    StNoticed,
    StFault,        // record of a notice that failed
    StDone
  } state_e;

  state_e      state_q, state_d;
  mrif_store_t store_q;
  logic [63:0] pending_q;
  logic [11:0] cause_q, cause_d;
  logic [2:0]  tries_q, tries_d;
  logic [5:0]  wait_q, wait_d;

  logic [PaWidth-1:0] pending_addr, notice_addr;

  assign pending_addr = {store_q.file, store_q.identity[10:6], 4'b0000};
  assign notice_addr  = {store_q.mrif.notice_ppn, 12'd0};

  always_comb begin
    state_d = state_q;
    cause_d = cause_q;
    tries_d = tries_q;
    wait_d  = wait_q;

    unique case (state_q)
      StIdle: begin
        cause_d = '0;
        tries_d = '0;
        if (valid_i) state_d = StRead;
      end
      StRead: if (read_ready_i) state_d = StData;
      StData: begin
        if (data_valid_i) begin
          state_d = StUpdate;
          // OKAY means that memory does not do exclusive accesses.
          if (data_i.error || (Cfg.AmoMrif && !data_i.exokay)) begin
            cause_d = 12'(CAUSE_MRIF_ACCESS_FAULT);
            state_d = StDone;
          end else if (data_i.poison) begin
            cause_d = 12'(CAUSE_MRIF_CORRUPTED);
            state_d = StDone;
          end
        end
      end
      StUpdate: if (write_ready_i) state_d = StUpdated;
      StUpdated: begin
        if (write_done_valid_i) begin
          state_d = StNotice;
          wait_d  = 6'((7'd2 << tries_q) - 7'd1);
          if (write_done_i.error) begin
            cause_d = 12'(CAUSE_MRIF_ACCESS_FAULT);
            state_d = StDone;
          end else if (Cfg.AmoMrif && !write_done_i.exokay) begin
            state_d = StBackoff;
            if (tries_q != 3'(MostTries)) tries_d = tries_q + 1'b1;
          end
        end
      end
      StBackoff: begin
        wait_d = wait_q - 1'b1;
        if (wait_q == '0) state_d = StRead;
      end
      StNotice:  if (write_ready_i) state_d = StNoticed;
      StNoticed: if (write_done_valid_i) state_d = write_done_i.error ? StFault : StDone;
      StFault:   if (fault_ready_i) state_d = StDone;
      StDone:    state_d = StIdle;
      default:   state_d = StIdle;
    endcase
  end

  assign ready_o = state_q == StIdle;
  assign done_o  = state_q == StDone;
  assign cause_o = cause_q;

  assign read_valid_o = state_q == StRead;

  always_comb begin
    read_o.id   = MemIdMrif;
    read_o.addr = pending_addr;
    read_o.last = '0;
    read_o.lock = Cfg.AmoMrif;
    read_o.qos  = store_q.qos;
  end

  // The update, or the notice: NID in the lower half, little-endian.
  assign write_valid_o = state_q == StUpdate || state_q == StNotice;

  always_comb begin
    write_o      = '0;
    write_o.id   = MemIdMrif;
    write_o.qos  = store_q.qos;
    if (state_q == StUpdate) begin
      write_o.addr       = pending_addr;
      write_o.strb       = '1;
      write_o.data[63:0] = pending_q | (64'd1 << store_q.identity[5:0]);
      write_o.lock       = Cfg.AmoMrif;
    end else begin
      write_o.addr       = notice_addr;
      write_o.strb       = 8'h0f;
      write_o.data[63:0] = 64'(store_q.mrif.nid);
    end
  end

  // Not a device's transaction: TTYP is none.
  assign fault_valid_o = state_q == StFault;

  always_comb begin
    fault_o        = '0;
    fault_o.cause  = 12'(CAUSE_MSI_WRITE_ACCESS_FAULT);
    fault_o.iotval = 64'(notice_addr);
    fault_o.colour = store_q.colour;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= StIdle;
    else         state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (ready_o) store_q <= store_i;
    if (data_valid_i) pending_q <= data_i.data;
    cause_q <= cause_d;
    tries_q <= tries_d;
    wait_q  <= wait_d;
  end

  logic unused;
  assign unused = ^{data_i.id, data_i.last, data_i.exokay, write_done_i.id, write_done_i.exokay,
                    store_q.mrif.offset, store_q.mrif.report};

endmodule
