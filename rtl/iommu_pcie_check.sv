// SPDX-License-Identifier: Apache-2.0
//
// What a TLP is, by its header, and whether it breaks a rule that makes it
// malformed: sections "TLP Header", "First/Last DW Byte Enables Rules", "Memory,
// I/O, and Configuration Request Rules", "ATS Specification". Combinational.
//
// A translation request's byte enables are not looked at; its address bits 11:2 only
// go into records. A digest (TD) has been removed by the root port. Without Ats
// messages are dropped.

module iommu_pcie_check
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter bit Ats = 1'b1
) (
  input  header_t       tlp_i,
  output kind_e         kind_o,
  output logic          malformed_o,
  output dwords_t       payload_o,      // doublewords that have to follow
  output access_t       access_o,
  output page_request_t page_o,
  output inval_completion_t completion_o
);

  localparam logic [1:0] AtUntranslated = 2'b00;
  localparam logic [1:0] AtTranslation  = 2'b01;
  localparam logic [1:0] AtTranslated   = 2'b10;

  logic [2:0]  fmt;
  logic [4:0]  kind;
  logic [1:0]  address_type;
  logic        data, long, poisoned;
  dwords_t     dwords;
  logic [3:0]  first_be, last_be;
  logic [7:0]  code;
  logic [31:0] third, fourth;
  logic [63:0] addr;
  logic [23:0] device_id;
  logic        crosses, bad_enables, first_whole, last_whole, bad_prefix, reserved;
  logic        header_unused;

  assign fmt          = tlp_i.hdr[127:125];
  assign kind         = tlp_i.hdr[124:120];
  assign poisoned     = tlp_i.hdr[110];
  assign address_type = tlp_i.hdr[107:106];
  assign dwords       = (tlp_i.hdr[105:96] == '0) ? 11'd1024 : {1'b0, tlp_i.hdr[105:96]};
  assign last_be      = tlp_i.hdr[71:68];
  assign first_be     = tlp_i.hdr[67:64];
  assign code         = tlp_i.hdr[71:64];
  assign third        = tlp_i.hdr[63:32];
  assign fourth       = tlp_i.hdr[31:0];
  assign data         = fmt[1];
  assign long         = fmt[0];
  assign addr         = long ? {third, fourth} : {32'b0, third};
  assign device_id    = {tlp_i.segment, tlp_i.hdr[95:80]};
  // TH, TD and what lies between PASID and its flags.
  assign header_unused = ^{tlp_i.hdr[113:111], tlp_i.prefix[21:20], third[15:3],
                           addr[1]};

  assign payload_o = data ? dwords : '0;

  // ------------------------------------------------------------ malformed
  assign crosses     = {1'b0, addr[11:2]} + dwords > 11'd1024;
  assign first_whole = first_be inside {4'b1111, 4'b1110, 4'b1100, 4'b1000};
  assign last_whole  = last_be inside {4'b1111, 4'b0111, 4'b0011, 4'b0001};
  assign bad_prefix  = tlp_i.prefix_valid && tlp_i.prefix[31:24] != PrefixPasid;

  always_comb begin
    if (dwords == 11'd1)                   bad_enables = last_be != '0;
    else if (dwords == 11'd2 && !addr[2])  bad_enables = first_be == '0 || last_be == '0;
    else                                   bad_enables = !first_whole || !last_whole;
  end

  // ----------------------------------------------------------------- kinds
  always_comb begin
    kind_o      = KindDropped;
    reserved    = 1'b0;
    malformed_o = 1'b0;

    unique case (kind)
      5'b00000: begin
        if (data) begin
          if (poisoned) kind_o = KindPoisoned;
          else if (address_type inside {AtUntranslated, AtTranslated}) kind_o = KindWrite;
          malformed_o = crosses || bad_enables || dwords > 11'(MaxPayload);
        end else if (address_type == AtTranslation) begin
          kind_o      = KindTranslation;
          malformed_o = dwords[0];
        end else begin
          kind_o      = (address_type inside {AtUntranslated, AtTranslated}) ? KindRead
                                                                             : KindUnsupported;
          malformed_o = crosses || bad_enables;
        end
      end

      // Locked reads, I/O, configuration.
      5'b00001: begin
        kind_o   = KindUnsupported;
        reserved = data;
      end
      5'b00010, 5'b00100, 5'b00101: begin
        kind_o   = KindUnsupported;
        reserved = long;
      end

      // AtomicOps and deferrable writes.
      5'b01100, 5'b01101, 5'b01110, 5'b11011: begin
        kind_o   = KindUnsupported;
        reserved = !data;
      end

      // Completions: nobody was asked.
      5'b01010, 5'b01011: reserved = long;

      // Messages. Those of ATS and PRI have a place to come from and no data.
      5'b10000, 5'b10001, 5'b10010, 5'b10011, 5'b10100, 5'b10101, 5'b10110, 5'b10111: begin
        reserved = !long;
        if (Ats && code == CodePageRequest) begin
          kind_o      = KindPage;
          malformed_o = data || kind != 5'b10000;
        end else if (Ats && code == CodeInvalidated) begin
          kind_o      = KindInvalidated;
          malformed_o = data || kind != 5'b10010;
        end
      end

      default: reserved = 1'b1;
    endcase

    if (reserved || fmt[2] || bad_prefix) malformed_o = 1'b1;
  end

  // ---------------------------------------------------------------- fields
  always_comb begin
    access_o.origin.device_id = device_id;
    access_o.origin.tag       = {tlp_i.hdr[119], tlp_i.hdr[115], tlp_i.hdr[79:72]};
    access_o.origin.tc        = tlp_i.hdr[118:116];
    access_o.origin.attr      = {tlp_i.hdr[114], tlp_i.hdr[109:108]};
    unique case (address_type)
      AtTranslated:  access_o.ttype = TypeTranslated;
      AtTranslation: access_o.ttype = TypeTranslationRequest;
      default:       access_o.ttype = TypeUntranslated;
    endcase
    access_o.pv         = tlp_i.prefix_valid;
    access_o.priv       = tlp_i.prefix_valid && tlp_i.prefix[23];
    access_o.exec       = tlp_i.prefix_valid && tlp_i.prefix[22];
    access_o.process_id = tlp_i.prefix[19:0];
    access_o.addr       = {addr[63:2], first_byte(first_be)};
    access_o.no_write   = addr[0];
    access_o.dwords     = dwords;
    access_o.first_be   = first_be;
    access_o.last_be    = last_be;
    if (address_type == AtTranslation) access_o.addr[1:0] = '0;

    page_o.device_id  = device_id;
    page_o.pv         = tlp_i.prefix_valid;
    page_o.process_id = tlp_i.prefix[19:0];
    page_o.priv       = tlp_i.prefix_valid && tlp_i.prefix[23];
    page_o.exec       = tlp_i.prefix_valid && tlp_i.prefix[22];
    page_o.payload    = {third, fourth};

    completion_o.device_id = device_id;
    completion_o.itags     = fourth;
    completion_o.count     = third[2:0];
  end

endmodule
