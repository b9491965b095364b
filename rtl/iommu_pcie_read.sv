// SPDX-License-Identifier: Apache-2.0
//
// Reads of devices become AXI4 bursts, one for each completion: up to the next
// multiple of CompletionBytes. Requests begin in order, when the writes before
// them are done; a burst leaves when there is a slot for it, whose number is its
// ID. What is no read goes on to where it is answered. When a burst of a request
// has failed, the rest of it is not read.

module iommu_pcie_read
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter int unsigned BusWidth        = 64,
  parameter int unsigned CompletionBytes = 128
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        request_valid_i,
  output logic        request_ready_o,
  input  non_posted_t request_i,
  input  sequence_t   done_i,            // writes that are done

  output logic        ar_valid_o,
  input  logic        ar_ready_i,
  output logic [63:0] ar_addr_o,
  output logic [7:0]  ar_len_o,

  input  logic        slot_valid_i,
  output logic        start_o,
  output logic        start_first_o,
  output dwords_t     start_dwords_o,
  output logic [12:0] start_bytes_o,     // owed from here on
  input  logic        failed_i,

  output logic        translate_valid_o,
  input  logic        translate_ready_i,
  output logic        refuse_valid_o,
  input  logic        refuse_ready_i
);

  localparam int unsigned ChunkWidth = $clog2(CompletionBytes / 4);
  localparam int unsigned ShiftWidth = $clog2(BusWidth / 32);

  logic        open_q;                   // within a request
  logic [11:2] addr_q, addr, next_addr;
  dwords_t     left_q, left, chunk, room;
  logic [12:0] owed_q, owed, covered;
  logic        read, due, abort, last;
  logic [11:0] whole;

  assign read     = request_valid_i && request_i.kind == KindRead;
  assign due = reached(done_i, request_i.after);
  assign abort    = open_q && failed_i;

  assign addr  = open_q ? addr_q : request_i.access.addr[11:2];
  assign left  = open_q ? left_q : request_i.access.dwords;
  assign owed  = open_q ? owed_q : byte_count(request_i.access.dwords, request_i.access.first_be,
                                              request_i.access.last_be[3:1]);
  assign room  = dwords_t'(CompletionBytes / 4) - dwords_t'(addr[ChunkWidth+1:2]);
  assign last  = left <= room;
  assign chunk = last ? left : room;

  // The bytes before the first one that is enabled are not owed.
  assign covered   = {chunk, 2'b00} - (open_q ? 13'd0 : 13'(request_i.access.addr[1:0]));
  assign next_addr = addr + 10'(chunk);
  assign whole     = 12'(addr[ShiftWidth+1:2]) + 12'(chunk) + 12'(BusWidth / 32 - 1);

  assign ar_valid_o = read && slot_valid_i && !abort && (open_q || due);
  assign ar_addr_o  = {request_i.access.addr[63:12], addr, open_q ? 2'b00 : request_i.access.addr[1:0]};
  assign ar_len_o   = 8'((whole >> ShiftWidth) - 1'b1);

  assign start_o        = ar_valid_o && ar_ready_i;
  assign start_first_o  = !open_q;
  assign start_dwords_o = chunk;
  assign start_bytes_o  = owed;

  assign translate_valid_o = request_valid_i && request_i.kind == KindTranslation;
  assign refuse_valid_o    = request_valid_i && request_i.kind == KindUnsupported;

  always_comb begin
    unique case (request_i.kind)
      KindRead:        request_ready_o = abort || (start_o && last);
      KindTranslation: request_ready_o = translate_ready_i;
      default:         request_ready_o = refuse_ready_i;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                        open_q <= 1'b0;
    else if (abort)                     open_q <= 1'b0;
    else if (start_o)                   open_q <= !last;
  end

  always_ff @(posedge clk_i) begin
    if (start_o) begin
      addr_q <= next_addr;
      left_q <= left - chunk;
      owed_q <= owed - covered;
    end
  end

endmodule
