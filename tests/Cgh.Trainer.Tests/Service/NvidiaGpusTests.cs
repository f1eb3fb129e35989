using Cgh.Trainer.Service;

namespace Cgh.Trainer.Tests.Service;

public sealed class NvidiaGpusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Models_NoDriver_IsEmpty() => Assert.Empty(NvidiaGpus.Models(_folder["gpus"]));

    [Fact]
    public void Models_TwoGpus_AreNamedAsByTheDriver()
    {
        Write("0000:17:00.0", "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 18\n");
        Write("0000:31:00.0", "IRQ:   \t\t 19\n");

        Assert.Equal(["NVIDIA H100 80GB HBM3", "unknown model"], NvidiaGpus.Models(_folder["gpus"]));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string gpu, string information)
    {
        Directory.CreateDirectory(_folder["gpus", gpu]);
        File.WriteAllText(_folder["gpus", gpu, "information"], information);
    }
}
