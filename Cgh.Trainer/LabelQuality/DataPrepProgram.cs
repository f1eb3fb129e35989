using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.Trainer.LabelQuality;

/// <summary>Packs images with <c>Cgh.DataPrep</c>, a program of its own: the trainer has no sources of images.</summary>
internal static class DataPrepProgram
{
    private const string Name = "Cgh.DataPrep";

    /// <summary>Packs a source. The program's output goes to the terminal.</summary>
    /// <param name="request">What to pack.</param>
    /// <param name="isFitted">Whether the side is at most that of the images.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="cancellationToken">Ends packing; finished shards are kept.</param>
    /// <exception cref="UserErrorException">The program was not found, or it failed.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; finished shards are kept.</exception>
    public static async Task PackAsync(DatasetRequest request, bool isFitted, DataFolder data, CancellationToken cancellationToken)
    {
        string[] more = [.. isFitted ? ["--no-enlarge"] : Array.Empty<string>(), "--data", data.Root];
        var (program, arguments) = Find() ?? throw new UserErrorException(
            $"{Name} was not found beside {AppContext.BaseDirectory} or on the PATH. Pack the images with it, then name the dataset: "
            + PackCommandLine.Text(request, more));
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        foreach (var argument in arguments.Concat(PackCommandLine.Arguments(request)).Concat(more))
        {
            start.ArgumentList.Add(argument);
        }

        // A terminal's Ctrl-C reaches both programs.
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            throw new UserErrorException($"{Name} ended with exit code {process.ExitCode}; its message is above. Fix it, then rerun the command.");
        }
    }

    // Beside this program as published, in the same place of its own project as built, or on the PATH.
    private static (string Program, string[] Arguments)? Find()
    {
        var here = AppContext.BaseDirectory;
        var separator = Path.DirectorySeparatorChar;
        var built = here.Replace($"{separator}Cgh.Trainer{separator}", $"{separator}{Name}{separator}", StringComparison.Ordinal);
        foreach (var folder in new[] { here, built })
        {
            var library = Path.Combine(folder, $"{Name}.dll");
            if (File.Exists(library) && File.Exists(Path.ChangeExtension(library, "runtimeconfig.json")))
            {
                return ("dotnet", [library]);
            }
        }

        var executable = OperatingSystem.IsWindows() ? $"{Name}.exe" : Name;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Prepend(here)
            .Select(folder => Path.Combine(folder, executable))
            .FirstOrDefault(File.Exists) is { } found
            ? (found, [])
            : null;
    }
}
