using System.Globalization;
using System.Runtime.InteropServices;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Tests.Training;

public sealed class AllocatorTests
{
    [Fact]
    public void KeepFreedMemory_SwitchedOff_LeavesTheAllocatorAlone()
    {
        Environment.SetEnvironmentVariable(Allocator.Variable, "system");
        try
        {
            Assert.False(Allocator.KeepFreedMemory());
        }
        finally
        {
            Environment.SetEnvironmentVariable(Allocator.Variable, null);
        }
    }

    [Fact]
    public unsafe void KeepFreedMemory_OnGlibc_GivesNoBlockBack()
    {
        Assert.SkipUnless(Allocator.KeepFreedMemory(), "The C library is not glibc.");
        const nuint Size = 100 << 20;
        void Touch()
        {
            var block = (byte*)NativeMemory.Alloc(Size);
            new Span<byte>(block, (int)Size).Fill(1);
            NativeMemory.Free(block);
        }

        Touch();
        var faults = PageFaults();
        Touch();

        // 25,600 pages; where they had been given back, each would be asked for again.
        Assert.InRange(PageFaults() - faults, 0, 5_000);
    }

    private static long PageFaults()
    {
        var afterName = File.ReadAllText("/proc/self/stat").Split(") ")[^1];
        return long.Parse(afterName.Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
