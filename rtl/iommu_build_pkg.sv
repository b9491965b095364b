// SPDX-License-Identifier: Apache-2.0
//
// What an instance of the IOMMU is built with: the widths of the specification, the
// configuration, and the builds.

package iommu_build_pkg;

  // ---------------------------------------------------------------- widths
  localparam int unsigned DeviceIdWidth  = 24;
  localparam int unsigned ProcessIdWidth = 20;
  localparam int unsigned PaWidth        = 56;  // a PTE's PPN and 12 bits of offset
  localparam int unsigned PpnWidth       = 44;
  localparam int unsigned PscidWidth     = 20;
  localparam int unsigned GscidWidth     = 16;
  localparam int unsigned QosIdWidth     = 12;  // RCID and MCID
  localparam int unsigned TagWidth       = 8;   // names a request in flight: up to 256
  localparam int unsigned RowWidth       = 6;   // names a walk in flight: up to 64
  localparam int unsigned MemIdWidth     = 8;   // AXI ID on the memory port

  typedef logic [TagWidth-1:0] tag_t;
  typedef logic [RowWidth-1:0] row_t;

  // IDs on the memory port. Walk row n reads and writes under ID n.
  localparam logic [MemIdWidth-1:0] MemIdCommandQueue = 8'h40;
  localparam logic [MemIdWidth-1:0] MemIdFence        = 8'h41;
  localparam logic [MemIdWidth-1:0] MemIdFaultQueue   = 8'h42;
  localparam logic [MemIdWidth-1:0] MemIdMsi          = 8'h43;
  localparam logic [MemIdWidth-1:0] MemIdPageQueue    = 8'h44;
  localparam logic [MemIdWidth-1:0] MemIdMrif         = 8'h80;

  // ---------------------------------------------------------------- builds
  // What an instance is built with; `capabilities` is derived from it. A value
  // that no build uses is a legal choice for an integrator all the same.
  typedef struct packed {
    bit          Sv32;
    bit          Sv39;
    bit          Sv48;               // implies Sv39
    bit          Sv57;               // implies Sv48
    bit          Sv32x4;
    bit          Sv39x4;
    bit          Sv48x4;             // implies Sv39x4
    bit          Sv57x4;             // implies Sv48x4
    bit          Pd8;
    bit          Pd17;
    bit          Pd20;
    bit          Svpbmt;
    bit          AmoHwad;            // A/D update by exclusive pairs
    bit          MsiFlat;            // 64-byte device contexts
    bit          MsiMrif;            // memory-resident interrupt files; implies MsiFlat
    bit          AmoMrif;            // implies MsiMrif
    bit          Ats;                // ATS and PRI
    bit          T2gpa;              // implies Ats
    bit          BothEndian;         // END: fctl.BE is writable
    bit          Gxl;                // fctl.GXL is writable
    bit          Debug;              // tr_req_iova, tr_req_ctl, tr_response
    bit          QosId;              // RCID and MCID
    bit          NonLeafInval;       // NL
    bit          RangeInval;         // S
    bit          InterruptMsi;       // IGS = BOTH, otherwise WSI
    int unsigned HpmCounters;        // iohpmctr1 to this one; 0 without HPM, at most 31
    int unsigned DataWidth;          // 64 or 128: both AXI data ports and the memory port
    int unsigned IotlbEntries;       // 2 to 64, a power of two
    int unsigned DeviceCacheEntries; // 2 to 64, a power of two
    int unsigned ProcessCacheEntries; // 2 to 64, a power of two
    int unsigned WalkCacheEntries;   // 2 to 64, a power of two; of each stage
    bit          FastClock;          // for a higher clock: long stages are divided, hits
                                     // and walks take more clocks
    int unsigned WalkRows;           // walks in flight, 2 to 2**RowWidth
    int unsigned Requests;           // requests in flight, 4 to 2**TagWidth, a power of two
    int unsigned InterruptVectors;   // 1, 2, 4, 8 or 16
    int unsigned AtsTimeout;         // clocks until an ATS invalidation is given up; at least 4
    int unsigned StallTimeout;       // clocks until a device that stalls R, W or B is cut off; at least 1
  } cfg_t;

  typedef enum int unsigned {
    BuildSmall    = 0,
    BuildDefault  = 1,
    BuildFull     = 2,
    BuildFullBase = 3,   // full without MSI translation: 32-byte contexts
    BuildFullQos  = 4    // full with QoS ids
  } build_e;

  function automatic cfg_t build_cfg(int unsigned build);
    cfg_t cfg;
    bit   is_small, is_full;
    is_small = build == BuildSmall;
    is_full  = build == BuildFull || build == BuildFullBase || build == BuildFullQos;
    cfg.Sv32               = is_full;
    cfg.Sv39               = 1'b1;
    cfg.Sv48               = !is_small;
    cfg.Sv57               = is_full;
    cfg.Sv32x4             = is_full;
    cfg.Sv39x4             = 1'b1;
    cfg.Sv48x4             = !is_small;
    cfg.Sv57x4             = is_full;
    cfg.Pd8                = !is_small;
    cfg.Pd17               = !is_small;
    cfg.Pd20               = !is_small;
    cfg.Svpbmt             = !is_small;
    cfg.AmoHwad            = !is_small;
    cfg.MsiFlat            = !is_small && build != BuildFullBase;
    cfg.MsiMrif            = is_full && build != BuildFullBase;
    cfg.AmoMrif            = is_full && build != BuildFullBase;
    cfg.Ats                = !is_small;
    cfg.T2gpa              = is_full;
    cfg.BothEndian         = is_full;
    cfg.Gxl                = is_full;
    cfg.Debug              = !is_small;
    cfg.QosId              = build == BuildFullQos;
    cfg.NonLeafInval       = !is_small;
    cfg.RangeInval         = !is_small;
    cfg.InterruptMsi       = !is_small;
    cfg.HpmCounters        = is_small ? 0 : is_full ? 31 : 8;
    cfg.DataWidth          = is_full ? 128 : 64;
    cfg.IotlbEntries       = is_small ? 8 : is_full ? 32 : 16;
    cfg.DeviceCacheEntries = is_small ? 8 : 16;
    cfg.ProcessCacheEntries = 16;
    cfg.WalkCacheEntries   = is_small ? 4 : 32;
    cfg.FastClock          = is_small;
    cfg.WalkRows           = is_small ? 4 : is_full ? 32 : 16;
    cfg.Requests           = is_small ? 16 : 128;
    cfg.InterruptVectors   = is_small ? 4 : 16;
    cfg.AtsTimeout         = 16384;
    cfg.StallTimeout       = 4096;
    return cfg;
  endfunction

  // Groups of features that share their hardware.
  function automatic bit has_second_stage(cfg_t cfg);
    return cfg.Sv32x4 || cfg.Sv39x4;
  endfunction

  function automatic bit has_process_directory(cfg_t cfg);
    return cfg.Pd8 || cfg.Pd17 || cfg.Pd20;
  endfunction

  // Guest-physical addresses have 41, 50 or 59 bits (34 with Sv32x4).
  function automatic int unsigned gpa_width(cfg_t cfg);
    return cfg.Sv57x4 ? 59 : cfg.Sv48x4 ? 50 : cfg.Sv39x4 ? 41 : 34;
  endfunction

  // What a mask or pattern of MSI addresses can name: MGPAW of the device
  // context, less the page offset.
  function automatic int unsigned msi_page_width(cfg_t cfg);
    return (has_second_stage(cfg) ? gpa_width(cfg) : PaWidth) - 12;
  endfunction

endpackage
