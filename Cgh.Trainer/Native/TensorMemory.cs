using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Cgh.Core.Files;

namespace Cgh.Trainer.Native;

/// <summary>
/// Gives Torch's tensors on the CPU memory from <c>malloc</c>, aligned here, instead of from <c>posix_memalign</c>. In glibc the latter asks for more
/// than it uses and hands the rest out to small objects; a freed block then no longer fits the next tensor of its own size, and the
/// heap grows to twice what is in use, or has to be given back and asked for anew at each step (docs/results/performance.md has the figures).
/// </summary>
/// <remarks>
/// Torch takes another allocator through <c>c10::SetCPUAllocator</c>, a C++ interface: the one here is a copy of Torch's own
/// with two functions exchanged. The layouts are those of libtorch 2.10.0 in the Itanium ABI with libstdc++; what Torch's own
/// allocator does is held against them first, and where it differs, Torch keeps it.
/// </remarks>
[SupportedOSPlatform("linux")]
internal static unsafe partial class TensorMemory
{
    // A cache line, and the widest register.
    private const nuint Alignment = 64;

    // Functions of c10::Allocator in the order of its virtual table: two destructors, allocate, is_simple_data_ptr, raw_deleter, copy_data.
    private const int Allocate = 2;
    private const int RawDeleter = 4;

    // More than there are: what a later libtorch adds behind these stays its own.
    private const int Functions = 16;

    // What stands before the functions: the offset to the object's beginning and its type.
    private const int BeforeFunctions = 2;

    // What is done without memory for a tensor wants some for itself: compiled code, buffers.
    private const nuint Reserved = 32 << 20;

    // Linux's.
    private const int ReadAndWrite = 3;
    private const int PrivateAndAnonymous = 0x22;
    private const nint Failed = -1;

    private static readonly Lock s_leaving = new();

    private static nint s_reserve;

    /// <summary>Whether Torch takes its memory from here.</summary>
    public static bool IsTaken { get; private set; }

    /// <summary>
    /// Is told the reason, on the thread that wanted the memory, before the process leaves for want of it: no exception can pass through the C++ that
    /// called, so this is the only chance to write down how a run ended.
    /// </summary>
    public static Action<string>? Exhausted { get; set; }

    /// <summary>To be called once Torch is loaded, before it has made large tensors. Does nothing where Torch is not as it is known here.</summary>
    public static void Take()
    {
        if (IsTaken
            || !NativeLibrary.TryLoad("libc10.so", typeof(TorchSharp.torch).Assembly, searchPath: null, out var c10)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1022GetDefaultCPUAllocatorEv", out var own)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh", out var set))
        {
            return;
        }

        var torchs = ((delegate* unmanaged<void**>)own)();
        if (!IsKnown(torchs))
        {
            return;
        }

        // It lives as long as the process: tensors may be made and freed until its end.
        var functions = (void**)NativeMemory.Alloc(BeforeFunctions + Functions, (nuint)sizeof(void*));
        new ReadOnlySpan<nint>((nint*)*torchs - BeforeFunctions, BeforeFunctions + Functions).CopyTo(new Span<nint>(functions, BeforeFunctions + Functions));
        functions += BeforeFunctions;
        functions[Allocate] = (delegate* unmanaged<void*, nuint, DataPointer>)&New;
        functions[RawDeleter] = (delegate* unmanaged<void*, void*>)&Deleter;
        var allocator = (void**)NativeMemory.Alloc((nuint)sizeof(void*));
        *allocator = functions;
        ((delegate* unmanaged<void*, byte, void>)set)(allocator, 0);
        // Once for nothing: what gives it back must be compiled before there is no memory for that.
        Reserve();
        GiveReserveBack();
        Reserve();
        IsTaken = true;
    }

    // A block of Torch's own is where a block should be, in the device that is the CPU, with the function that frees it.
    private static bool IsKnown(void** torchs)
    {
        var functions = (void**)*torchs;
        var block = ((delegate* unmanaged<void*, nuint, DataPointer>)functions[Allocate])(torchs, Alignment);
        var free = ((delegate* unmanaged<void*, void*>)functions[RawDeleter])(torchs);
        if (block.Data == null || block.Data != block.Context || block.Deleter != free || block.Device != DataPointer.Cpu)
        {
            return false;
        }

        ((delegate* unmanaged<void*, void>)free)(block.Context);
        return true;
    }

    [UnmanagedCallersOnly]
    private static DataPointer New(void* allocator, nuint bytes)
    {
        if (bytes == 0)
        {
            return new DataPointer(null, (delegate* unmanaged<void*, void>)&Free);
        }

        // The block's own address stands before the tensor's, for freeing.
        var block = (byte*)Malloc(bytes + Alignment + (nuint)sizeof(void*));
        if (block == null)
        {
            GiveReserveBack();
            LeaveWithoutMemory(bytes);
        }

        var data = (byte*)(((nuint)block + (nuint)sizeof(void*) + Alignment - 1) & ~(Alignment - 1));
        ((void**)data)[-1] = block;
        return new DataPointer(data, (delegate* unmanaged<void*, void>)&Free);
    }

    [UnmanagedCallersOnly]
    private static void Free(void* data)
    {
        if (data != null)
        {
            Release(((void**)data)[-1]);
        }
    }

    [UnmanagedCallersOnly]
    private static void* Deleter(void* allocator) => (delegate* unmanaged<void*, void>)&Free;

    // An address limit may leave no room for it.
    private static void Reserve() => s_reserve = Map(0, Reserved, ReadAndWrite, PrivateAndAnonymous, -1, 0);

    private static void GiveReserveBack()
    {
        if (Interlocked.Exchange(ref s_reserve, 0) is not (0 or Failed) and var reserve)
        {
            Unmap(reserve, Reserved);
        }
    }

    private static void LeaveWithoutMemory(nuint bytes)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"There is no memory for a tensor of {bytes / 1e6:N0} MB. A smaller batchSize or evaluationBatchSize takes less.");
        lock (s_leaving)
        {
            try
            {
                // Once: who is told may want a tensor.
                var told = Exhausted;
                Exhausted = null;
                told?.Invoke(reason);
                Console.Error.WriteLine(reason);
            }
            catch (Exception error)
            {
                Console.Error.WriteLine($"{reason} The run's end is not written down: {AtomicFile.FirstLine(error)}");
            }
            finally
            {
                Exit(1);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc")]
    private static partial void* Malloc(nuint bytes);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Release(void* block);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint at, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint at, nuint bytes);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);

    /// <summary><c>c10::DataPtr</c>: the data, a <c>unique_ptr</c> to its block with its deleter, the device.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct DataPointer(void* data, void* deleter)
    {
        /// <summary>Device type 0, no index.</summary>
        public const short Cpu = unchecked((short)0xff00);

        public readonly void* Data = data;
        public readonly void* Deleter = deleter;
        public readonly void* Context = data;
        public readonly short Device = Cpu;
    }
}
