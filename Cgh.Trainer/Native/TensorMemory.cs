using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Cgh.Core;

namespace Cgh.Trainer.Native;

/// <summary>
/// Allocates the memory of Torch's CPU tensors with <c>malloc</c> and aligns it, instead of <c>posix_memalign</c>. glibc's implementation of
/// the latter requests more than it uses and gives the rest to small objects, so a freed block no longer fits the next tensor of the same
/// size. The heap then grows to twice the memory in use, or is returned and requested again at each step (docs/results/performance.md has the figures).
/// </summary>
/// <remarks>
/// The allocator is installed with <c>c10::SetCPUAllocator</c>, a C++ interface. It is a copy of Torch's allocator with two virtual functions
/// replaced. The layouts are those of libtorch 2.10.0 in the Itanium ABI with libstdc++. If Torch's allocator does not match them, it is kept.
/// </remarks>
[SupportedOSPlatform("linux")]
internal static unsafe partial class TensorMemory
{
    // Size of a cache line and of the widest register.
    private const nuint Alignment = 64;

    // Indices in the virtual table of c10::Allocator: two destructors, allocate, is_simple_data_ptr, raw_deleter, copy_data.
    private const int Allocate = 2;
    private const int RawDeleter = 4;

    // More than the table has today, so that functions added by a later libtorch are copied, too.
    private const int Functions = 16;

    // Entries before the functions: the offset to the top of the object and the type information.
    private const int BeforeFunctions = 2;

    // Memory for handling an allocation failure: JIT-compiled code and buffers.
    private const nuint Reserved = 32 << 20;

    // Constants of Linux's mmap.
    private const int ReadAndWrite = 3;
    private const int PrivateAndAnonymous = 0x22;
    private const nint Failed = -1;

    private static readonly Lock s_exiting = new();

    private static nint s_reserve;

    /// <summary>Whether Torch uses this allocator.</summary>
    public static bool IsTaken { get; private set; }

    /// <summary>
    /// Called with the reason when memory is exhausted, on the allocating thread, before the process exits. An exception cannot pass through
    /// the calling C++ code, so this is the only chance to record the failure of a run.
    /// </summary>
    public static Action<string>? Exhausted { get; set; }

    /// <summary>Installs the allocator. Call it when Torch is loaded, before large tensors exist. Does nothing if the layouts do not match.</summary>
    public static void Take()
    {
        if (IsTaken
            || !NativeLibrary.TryLoad("libc10.so", typeof(TorchSharp.torch).Assembly, searchPath: null, out var c10)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1022GetDefaultCPUAllocatorEv", out var own)
            || !NativeLibrary.TryGetExport(c10, "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh", out var set))
        {
            return;
        }

        var original = ((delegate* unmanaged<void**>)own)();
        if (!HasKnownLayout(original))
        {
            return;
        }

        // Never freed: tensors may be allocated and freed until the process ends.
        var functions = (void**)NativeMemory.Alloc(BeforeFunctions + Functions, (nuint)sizeof(void*));
        new ReadOnlySpan<nint>((nint*)*original - BeforeFunctions, BeforeFunctions + Functions).CopyTo(new Span<nint>(functions, BeforeFunctions + Functions));
        functions += BeforeFunctions;
        functions[Allocate] = (delegate* unmanaged<void*, nuint, DataPointer>)&New;
        functions[RawDeleter] = (delegate* unmanaged<void*, void*>)&Deleter;
        var allocator = (void**)NativeMemory.Alloc((nuint)sizeof(void*));
        *allocator = functions;
        ((delegate* unmanaged<void*, byte, void>)set)(allocator, 0);

        // Call ReleaseReserve once, so that it is already compiled when memory is exhausted.
        Reserve();
        ReleaseReserve();
        Reserve();
        IsTaken = true;
    }

    // Allocates a block with Torch's allocator and checks the fields of its DataPtr.
    private static bool HasKnownLayout(void** allocator)
    {
        var functions = (void**)*allocator;
        var block = ((delegate* unmanaged<void*, nuint, DataPointer>)functions[Allocate])(allocator, Alignment);
        var free = ((delegate* unmanaged<void*, void*>)functions[RawDeleter])(allocator);
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

        // The address of the block is stored before the tensor's data, for Free.
        var block = (byte*)Malloc(bytes + Alignment + (nuint)sizeof(void*));
        if (block == null)
        {
            ReleaseReserve();
            ExitOutOfMemory(bytes);
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

    // May fail under an address space limit.
    private static void Reserve() => s_reserve = Map(0, Reserved, ReadAndWrite, PrivateAndAnonymous, -1, 0);

    private static void ReleaseReserve()
    {
        if (Interlocked.Exchange(ref s_reserve, 0) is not (0 or Failed) and var reserve)
        {
            Unmap(reserve, Reserved);
        }
    }

    private static void ExitOutOfMemory(nuint bytes)
    {
        var reason = string.Create(
            CultureInfo.InvariantCulture, $"Out of memory: cannot allocate a tensor of {bytes / 1e6:N0} MB. Reduce batchSize or evaluationBatchSize.");
        lock (s_exiting)
        {
            try
            {
                // Only once, as the handler may allocate a tensor itself.
                var handler = Exhausted;
                Exhausted = null;
                handler?.Invoke(reason);
                Console.Error.WriteLine(reason);
            }
            catch (Exception error)
            {
                Console.Error.WriteLine($"{reason} The failure of the run could not be recorded: {UserText.FirstLine(error)}");
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

    /// <summary>Layout of <c>c10::DataPtr</c>: the data, a <c>unique_ptr</c> with its deleter and context, and the device.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct DataPointer(void* data, void* deleter)
    {
        /// <summary>Device type 0 (CPU) without an index.</summary>
        public const short Cpu = unchecked((short)0xff00);

        public readonly void* Data = data;
        public readonly void* Deleter = deleter;
        public readonly void* Context = data;
        public readonly short Device = Cpu;
    }
}
