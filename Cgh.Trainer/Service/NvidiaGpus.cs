namespace Cgh.Trainer.Service;

/// <summary>What NVIDIA's driver says about the GPUs of this machine. Asking libtorch would load it into the service, which never trains.</summary>
internal static class NvidiaGpus
{
    private const string DriverFolder = "/proc/driver/nvidia/gpus";
    private const string ModelField = "Model:";

    /// <summary>The model of each GPU.</summary>
    /// <param name="folder">The driver's folder, which has one for each GPU; need not exist.</param>
    public static IReadOnlyList<string> Models(string folder = DriverFolder) => !Directory.Exists(folder)
        ? []
        :
        [
            .. Directory.GetDirectories(folder)
                .Order(StringComparer.Ordinal)
                .Select(gpu => File.ReadLines(Path.Combine(gpu, "information")).FirstOrDefault(line => line.StartsWith(ModelField, StringComparison.Ordinal)))
                .Select(line => line?[ModelField.Length..].Trim() ?? "unknown model"),
        ];
}
