using Cgh.Trainer.Commands;
using Cgh.Trainer.Native;

SupervisedOption.BeginStreams(args);
return MainThread.Serve(() => Cgh.Core.CommandLine.RunAsync(TrainerRoot.Create(), args));
