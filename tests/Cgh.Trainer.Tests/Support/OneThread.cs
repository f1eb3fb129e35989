using System.Runtime.CompilerServices;
using Cgh.Trainer.Native;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

internal static class OneThread
{
    // The tensors are too small for several threads, which would slow each other down on a busy machine.
    [ModuleInitializer]
    internal static void Set()
    {
        set_num_threads(1);

        // Before any tensor exists: oneDNN would otherwise free memory of the old allocator with the new one.
        Allocator.TorchIsLoaded();
    }
}
