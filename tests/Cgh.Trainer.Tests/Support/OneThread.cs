using System.Runtime.CompilerServices;
using Cgh.Trainer.Native;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

internal static class OneThread
{
    // These tensors are too small to share out, and threads that wait for each other are slow on a busy machine.
    [ModuleInitializer]
    internal static void Set()
    {
        set_num_threads(1);

        // Before any test has a tensor: what oneDNN has from one allocator it would give back to the other.
        Allocator.TorchIsLoaded();
    }
}
