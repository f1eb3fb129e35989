using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Cgh.Benchmarks.Kernels;

namespace Cgh.Benchmarks.Commands;

/// <summary><c>kernels</c>: runs BenchmarkDotNet on the update kernels.</summary>
internal static class KernelsCommand
{
    public static Command Create()
    {
        var filter = new Option<string>("--filter") { DefaultValueFactory = _ => "*", Description = "Benchmarks to run, such as '*Rm3*'." };
        var command = new Command("kernels", "Benchmarks the update kernels in isolation, in every register width of this processor (BenchmarkDotNet).")
        {
            filter,
        };
        command.SetAction(parse =>
        {
            // In-process: BenchmarkDotNet's default toolchain would copy libtorch for every run.
            var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
            BenchmarkSwitcher.FromTypes([typeof(UpdateBenchmarks)]).Run(["--filter", parse.GetValue(filter)!], config);
        });
        return command;
    }
}
